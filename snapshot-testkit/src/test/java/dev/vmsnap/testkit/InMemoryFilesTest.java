package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import org.junit.jupiter.api.Test;

final class InMemoryFilesTest {
    private final InMemoryFiles files = new Datacenter().node("node-1").fileTree();

    @Test
    void aFullFileSystemKeepsTheOldFile() {
        files.mount("/small", "nfs4", 10);
        files.write("/small/file", new byte[4]);

        assertThatThrownBy(() -> files.write("/small/file", new byte[7]))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(files.read("/small/file")).hasValue(new byte[4]);
        assertThat(free()).isEqualTo(6);
    }

    @Test
    void whatIsDeletedGivesItsRoomBack() {
        files.mount("/small", "nfs4", 10);
        files.write("/small/file", new byte[4]);
        files.write("/small/file", new byte[1]);
        assertThat(free()).isEqualTo(9);

        files.delete("/small/file");
        files.delete("/small/file");

        assertThat(free()).isEqualTo(10);
        assertThat(files.paths()).isEmpty();
    }

    @Test
    void aPathThatOnlyBeginsLikeAMountLiesElsewhere() {
        files.mount("/small", "nfs4", 10);

        assertThat(files.fileSystem("/smaller/file").orElseThrow().mount()).isEqualTo("/");
    }

    private long free() {
        return files.fileSystem("/small/file").orElseThrow().freeBytes();
    }
}
