package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.StorageKind;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.storage.file.FileStorage;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClaimTest {
    private final FakeNas nas = new FakeNas();
    private final NasStorage storage = new NasStorage();

    @ParameterizedTest
    @ValueSource(strings = {"nfs", "nfs4"})
    void aFileOnAnNfsMountIsClaimedWithoutAskingTheServer(String type) {
        nas.type = type;

        assertThat(claim(storage, Device.DISK, SourceType.FILE, "/mnt/nas/a")).contains(StorageKind.NAS);
        assertThat(nas.ran).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cifs", "smb3", "9p", "ceph", "fuse.glusterfs", "virtiofs", "ext4", "xfs", ""})
    void everyOtherFileSystemIsLeftToOthers(String type) {
        nas.type = type;

        assertThat(claim(storage, Device.DISK, SourceType.FILE, "/mnt/nas/a")).isEmpty();
    }

    @Test
    void whatTheHostNamesIsClaimedToo() {
        nas.type = "cifs";

        assertThat(claim(storage.alsoOn("CIFS"), Device.DISK, SourceType.FILE, "/mnt/nas/a"))
                .contains(StorageKind.NAS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nfs", "nfs4", "cifs", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "autofs"})
    void noDiskIsThisDriversAndThatOfFilesToo(String type) {
        nas.type = type;
        StorageDriver wide = storage.alsoOn("cifs");

        assertThat(claim(wide, Device.DISK, SourceType.FILE, "/mnt/nas/a").isPresent()
                        && claim(new FileStorage(), Device.DISK, SourceType.FILE, "/mnt/nas/a")
                                .isPresent())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "XFS", "tmpfs"})
    void aFileSystemOfANodesOwnCannotBeNamed(String type) {
        assertThatThrownBy(() -> storage.alsoOn(type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FileStorage");
    }

    @Test
    void anExportThatIsMountedWhenSomebodyAsksIsAskedFor() {
        nas.type = "autofs";
        nas.before("stat", () -> nas.type = "nfs4");

        assertThat(claim(storage, Device.DISK, SourceType.FILE, "/mnt/nas/a")).contains(StorageKind.NAS);
    }

    @Test
    void anExportThatNobodyMountsHoldsUpNobody() {
        nas.type = "autofs";
        nas.silent = true;

        assertThat(claim(storage, Device.DISK, SourceType.FILE, "/mnt/nas/a")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = SourceType.class, names = "FILE", mode = EnumSource.Mode.EXCLUDE)
    void onlyFilesAreClaimed(SourceType type) {
        assertThat(claim(storage, Device.DISK, type, "/mnt/nas/a")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Device.class, names = "DISK", mode = EnumSource.Mode.EXCLUDE)
    void onlyHardDisksAreClaimed(Device device) {
        assertThat(claim(storage, device, SourceType.FILE, "/mnt/nas/a")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.qcow2", "-x", "nfs://server/export/a"})
    void aPathThatIsNotAbsoluteIsNotClaimed(String path) {
        assertThat(claim(storage, Device.DISK, SourceType.FILE, path)).isEmpty();
    }

    private Optional<StorageKind> claim(StorageDriver driver, Device device, SourceType type, String source) {
        Disk disk = new Disk("vda", device, type, Optional.of(source), Optional.of("qcow2"));
        return driver.claim(disk, nas.call());
    }
}
