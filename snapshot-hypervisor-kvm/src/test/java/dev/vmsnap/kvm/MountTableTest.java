package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import org.junit.jupiter.api.Test;

final class MountTableTest {

    private static MountTable.Entry over(String path, String... lines) {
        MountTable table = MountTable.parse(String.join("\n", lines));
        return table.over(table.root().orElseThrow(), path).orElseThrow();
    }

    @Test
    void readsALineWithAndWithoutOptionalFields() {
        String root = "21 1 254:0 / / rw - ext4 /dev/vda rw";

        MountTable.Entry plain = over("/mnt/x", root, "31 21 0:27 / /mnt/x ro,relatime - nfs4 s:/x rw,soft,vers=4.2");
        MountTable.Entry shared =
                over("/m", root, "32 21 0:28 / /m rw master:1 propagate_from:2 - nfs s:/y rw,hard,vers=3");

        assertThat(plain.type()).isEqualTo("nfs4");
        assertThat(plain.source()).isEqualTo("s:/x");
        assertThat(plain.options()).contains("ro", "rw", "soft", "vers=4.2");
        assertThat(shared.type()).isEqualTo("nfs");
        assertThat(shared.options()).contains("hard").doesNotContain("master:1");
    }

    @Test
    void whatIsWrittenInOctalIsReadAsItIs() {
        MountTable.Entry entry = over(
                "/my nas\t\n\\#",
                "1 0 8:1 / / rw - ext4 /dev/sda rw",
                "2 1 0:40 / /my\\040nas\\011\\012\\134\\043 rw - nfs4 s:/a\\040b rw");

        assertThat(entry.source()).isEqualTo("s:/a b");
    }

    @Test
    void aPartThatIsBoundElsewhereBelongsToTheSource() {
        MountTable.Entry bound = over(
                "/images", "1 0 8:1 / / rw - ext4 /dev/sda rw", "2 1 0:40 /sub\\040dir /images rw - cifs //s/share rw");

        assertThat(bound.source()).isEqualTo("//s/share/sub dir");
    }

    @Test
    void whatWasMountedLastIsWhatOneMeets() {
        MountTable.Entry top = over(
                "/nas",
                "1 0 8:1 / / rw - ext4 /dev/sda rw",
                "2 1 0:39 / /nas rw - autofs systemd-1 rw,fd=5",
                "3 2 0:40 / /nas rw - nfs4 s:/first rw",
                "4 3 0:41 / /nas rw - nfs4 s:/second rw");

        assertThat(top.source()).isEqualTo("s:/second");
    }

    @Test
    void whatIsHiddenUnderAnotherMountIsNotMet() {
        MountTable table = MountTable.parse(String.join(
                "\n",
                "1 0 8:1 / / rw - ext4 /dev/sda rw",
                "2 1 0:40 / /nas/vm rw - nfs4 s:/hidden rw",
                "3 1 8:2 / /nas rw - ext4 /dev/sdb rw"));
        MountTable.Entry disk = table.over(table.root().orElseThrow(), "/nas").orElseThrow();

        assertThat(table.over(disk, "/nas/vm")).isEmpty();
    }

    @Test
    void theRootThatWasSwitchedToIsTheRoot() {
        MountTable table = MountTable.parse(String.join(
                "\n",
                "1 1 0:2 / / rw - rootfs rootfs rw",
                "21 1 254:0 / / rw - ext4 /dev/vda rw",
                "22 21 0:19 / /proc rw - proc proc rw"));

        assertThat(table.root().orElseThrow().type()).isEqualTo("ext4");
    }

    @Test
    void aSourceMayBeEmpty() {
        assertThat(over("/t", "1 0 8:1 / / rw - ext4 /dev/sda rw", "2 1 0:40 / /t rw - tmpfs  rw")
                        .source())
                .isEmpty();
    }

    @Test
    void onlyFileSystemsOfTheNodesOwnAreItsOwn() {
        String root = "1 0 8:1 / / rw - ext4 /dev/sda rw";

        assertThat(over("/m", root, "2 1 0:40 / /m rw - xfs /dev/sdb rw").own()).isTrue();
        for (String type : new String[] {"nfs", "nfs4", "cifs", "ceph", "9p", "fuse.sshfs", "autofs", "what"}) {
            assertThat(over("/m", root, "2 1 0:40 / /m rw - " + type + " x rw").own())
                    .as(type)
                    .isFalse();
        }
    }

    @Test
    void aLineThatIsNotUnderstoodIsAFailure() {
        assertThatThrownBy(() -> MountTable.parse("1 0 8:1 / / rw ext4 /dev/sda rw"))
                .isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> MountTable.parse("1 0 8:1 / / rw - ext4")).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> MountTable.parse("garbage")).isInstanceOf(DriverException.class);
    }

    @Test
    void nothingIsKnownOfAnEmptyTable() {
        assertThat(MountTable.parse("").root()).isEmpty();
    }
}
