package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class ClusterOwnersTest {
    private static final int FIRST = ClusterOwners.snapshot(0);
    private static final int LAST = ClusterOwners.snapshot(ClusterOwners.MOST_SNAPSHOTS - 1);

    private final ClusterOwners owners = new ClusterOwners(false);

    @Test
    void whoeverNamesAClusterTheActiveStateOwnsIt() {
        owners.add(7, FIRST, 1);
        owners.add(7, ClusterOwners.ACTIVE, 1);
        owners.add(8, ClusterOwners.ACTIVE, 1);
        owners.add(8, LAST, 1);
        owners.add(9, FIRST, 1);
        owners.add(9, LAST, 1);
        owners.add(10, LAST, 1);
        owners.add(10, LAST, 1);
        owners.add(1L << 50, LAST, 1);

        assertThat(owners.totals()[ClusterOwners.ACTIVE]).isEqualTo(2);
        assertThat(owners.totals()[ClusterOwners.SEVERAL]).isEqualTo(1);
        assertThat(owners.totals()[FIRST]).isZero();
        assertThat(owners.totals()[LAST]).isEqualTo(2);
    }

    @Test
    void clustersEverywhereAreTooMany() {
        assertThatThrownBy(() -> {
                    for (long cluster = 0; cluster < 1L << 40; cluster += 1 << 16) {
                        owners.add(cluster, FIRST, 1);
                    }
                })
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("more clusters than are counted");
    }

    @Test
    void ofWideEntriesThePartsThatHoldSomethingCount() {
        Qcow2Header header = new Qcow2Header(14, 1 << 30, 1, 0, 1, 0, true, 0, 104);
        ClusterOwners weighed = new ClusterOwners(true);
        ByteBuffer table = ByteBuffer.allocate(1 << 14);
        table.putLong(0, 5 << 14).putLong(8, 0x00ff_0000_0000_0007L);
        table.putLong(16, 6 << 14).putLong(24, 0xffff_ffff_0000_0000L);
        table.putLong(32, 1L << 62 | 7 << 14).putLong(40, 0);
        table.putLong(48, 0).putLong(56, 0xffff_ffff_0000_0000L);

        boolean compressed = new ClusterTable(header, 1 << 20, weighed).read(table.array(), FIRST, false);

        assertThat(compressed).isTrue();
        assertThat(weighed.totals()[FIRST] * ClusterTable.unitBytes(header)).isEqualTo((3 + 32) * 512);
    }
}
