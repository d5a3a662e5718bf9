package dev.vmsnap.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.StorageKind;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.storage.file.image.FakeNode;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClaimTest {
    private final FakeNode node = new FakeNode();
    private final FileStorage storage = new FileStorage();

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "ext2/ext3", "EXT4"})
    void aFileOnAFileSystemOfTheNodesOwnIsClaimed(String type) {
        node.fileSystem = Optional.of(new NodeFiles.FileSystem("/", type, 1));

        assertThat(claim(Device.DISK, SourceType.FILE, "/guests/a", "qcow2")).contains(StorageKind.FILE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nfs",
                "nfs4",
                "cifs",
                "smb3",
                "smb2",
                "9p",
                "ceph",
                "fuse.glusterfs",
                "fuse.sshfs",
                "lustre",
                "gfs2",
                "ocfs2",
                "devtmpfs",
                "virtiofs",
                "never-heard-of",
                ""
            })
    void everyOtherFileSystemIsLeftToOthers(String type) {
        node.fileSystem = Optional.of(new NodeFiles.FileSystem("/", type, 1));

        assertThat(claim(Device.DISK, SourceType.FILE, "/guests/a", "qcow2")).isEmpty();
    }

    @Test
    void aDirectoryThatIsMissingIsNobodysHere() {
        node.fileSystem = Optional.empty();

        assertThat(claim(Device.DISK, SourceType.FILE, "/guests/a", "qcow2")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "vmdk", ""})
    void aFileInAnotherFormatIsClaimedSoThatItCanBeRefusedWithAReason(String format) {
        assertThat(claim(Device.DISK, SourceType.FILE, "/guests/a", format)).contains(StorageKind.FILE);
    }

    @ParameterizedTest
    @EnumSource(value = SourceType.class, names = "FILE", mode = EnumSource.Mode.EXCLUDE)
    void onlyFilesAreClaimed(SourceType type) {
        assertThat(claim(Device.DISK, type, "/guests/a", "qcow2")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Device.class, names = "DISK", mode = EnumSource.Mode.EXCLUDE)
    void onlyHardDisksAreClaimed(Device device) {
        assertThat(claim(device, SourceType.FILE, "/guests/a", "qcow2")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.qcow2", "-x", "json:{}"})
    void aPathThatIsNotAbsoluteIsNotClaimed(String path) {
        assertThat(claim(Device.DISK, SourceType.FILE, path, "qcow2")).isEmpty();
    }

    @Test
    void aNetworkMountIsLeftToOthersWithoutAskingItsServer() {
        node.mount = Optional.of(new NodeFiles.Mount("/guests", "nfs4", "server:/export", Set.of("hard"), "/a"));

        assertThat(claim(Device.DISK, SourceType.FILE, "/guests/a", "qcow2")).isEmpty();
    }

    private Optional<StorageKind> claim(Device device, SourceType type, String source, String format) {
        Optional<String> stated = Optional.of(format).filter(text -> !text.isEmpty());
        return storage.claim(new Disk("vda", device, type, Optional.of(source), stated), node);
    }
}
