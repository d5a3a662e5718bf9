package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.ImageInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageFactsTest {

    @Test
    void everythingIsReadOfAnImageWithSnapshots() {
        ImageFacts facts = ImageFacts.parse("vda", """
                {"backing-filename-format": "qcow2", "backing-filename": "/base", "virtual-size": 67108864,
                 "filename": "json:{}", "cluster-size": 65536, "format": "qcow2", "actual-size": 208896,
                 "snapshots": [
                   {"icount": 0, "vm-clock-nsec": 0, "name": "vmsnap-s1", "id": "1", "vm-state-size": 4096},
                   {"name": "vmsnap-s1", "id": "2", "vm-state-size": 0},
                   {"name": "theirs", "id": "3", "vm-state-size": 0}],
                 "format-specific": {"type": "qcow2", "data": {"compat": "1.1", "refcount-bits": 64, "corrupt": true,
                   "data-file": "d.raw", "bitmaps": [{"flags": ["auto"], "name": "b0", "granularity": 65536}]}},
                 "encrypted": true, "dirty-flag": true}
                """);

        assertThat(facts.image().virtualBytes()).isEqualTo(67108864);
        assertThat(facts.image().allocatedBytes()).isEqualTo(208896);
        assertThat(facts.image().clusterBytes()).isEqualTo(65536);
        assertThat(facts.image().bitmaps()).containsExactly("b0");
        assertThat(facts.backing()).contains("/base");
        assertThat(facts.image().encrypted()).isTrue();
        assertThat(facts.image().corrupt()).isTrue();
        assertThat(facts.dataFile()).contains("d.raw");
        assertThat(facts.refcountBits()).isEqualTo(64);
        assertThat(facts.dirty()).isTrue();
        assertThat(facts.names()).containsExactlyInAnyOrder("vmsnap-s1", "theirs");
        assertThat(facts.named(SnapshotId.of("s1")))
                .extracting(ImageInfo.Entry::ramBytes)
                .containsExactly(4096L, 0L);
    }

    @Test
    void whatAnOldImageDoesNotSayIsAsUsual() {
        ImageFacts facts = ImageFacts.parse("vda", "{\"format\": \"qcow2\", \"virtual-size\": 1}");

        assertThat(facts.refcountBits()).isEqualTo(16);
        assertThat(facts.image().snapshots()).isEmpty();
        assertThat(facts.image().corrupt()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "null", "{\"virtual-size\": \"many\"}", "{\"snapshots\": {}}"})
    void whatCannotBeReadIsBroken(String output) {
        assertThatThrownBy(() -> ImageFacts.parse("vda", output))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.BROKEN));
    }
}
