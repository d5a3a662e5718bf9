package dev.vmsnap.benchmarks;

import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.NfsServer;
import java.nio.file.Path;
import java.util.List;

/** A kind of storage on a node: how a disk is made there, and what an administrator types for a snapshot of it. */
enum Kind {
    FILE("file") {
        @Override
        GuestDisk make(LabNode node, String name, int mebibytes) {
            return image(node, FILES, name, mebibytes);
        }
    },
    NAS("NAS") {
        @Override
        GuestDisk make(LabNode node, String name, int mebibytes) {
            return image(node, MOUNT, name, mebibytes).pastCache();
        }
    },
    THICK("local LVM, thick") {
        @Override
        GuestDisk make(LabNode node, String name, int mebibytes) {
            node.run("lvcreate", "-qy", "-L", mebibytes + "m", "-n", name, node.ownGroup());
            return volume(node.ownGroup(), name, mebibytes);
        }
    },
    THIN("local LVM, thin") {
        @Override
        GuestDisk make(LabNode node, String name, int mebibytes) {
            node.run("lvcreate", "-qy", "-V", mebibytes + "m", "--thinpool", POOL, "-n", name, node.ownGroup());
            return volume(node.ownGroup(), name, mebibytes);
        }

        @Override
        List<String> byHand(Verb verb, GuestDisk disk) {
            String path = disk.file().toString();
            return switch (verb) {
                case CREATE -> List.of("lvcreate -qy -s -kn -n hand." + nameOf(disk) + " " + path);
                case RESTORE ->
                    List.of("lvremove -qy " + path, "lvcreate -qy -s -kn -n " + nameOf(disk) + " " + hand(disk));
                case DELETE -> List.of("lvremove -qy " + hand(disk));
            };
        }
    },
    SHARED("network LVM") {
        @Override
        GuestDisk make(LabNode node, String name, int mebibytes) {
            node.run("lvcreate", "-qy", "-aey", "-L", mebibytes + "m", "-n", name, node.sharedGroup());
            return volume(node.sharedGroup(), name, mebibytes);
        }
    };

    static final String POOL = "pool";
    static final String FILES = "/var/lib/guests";
    static final String MOUNT = "/mnt/benchmark";
    private static final String EXPORT = "/srv/benchmark";

    /** What is done with a snapshot, in this order. */
    enum Verb {
        CREATE,
        RESTORE,
        DELETE
    }

    private final String label;

    Kind(String label) {
        this.label = label;
    }

    /** Makes the places in which disks of all kinds are made; the node exports a directory to itself. */
    static void furnish(LabNode node) {
        node.run("mkdir", "-p", FILES, MOUNT);
        node.run("lvcreate", "-qy", "-L", "1G", "--thinpool", POOL, node.ownGroup());
        node.run("mount", "-t", "nfs4", NfsServer.on(node).export(EXPORT, "rw", "no_root_squash", "fsid=75"), MOUNT);
    }

    /** Makes a disk. */
    abstract GuestDisk make(LabNode node, String name, int mebibytes);

    /** Removes a disk. */
    void remove(LabNode node, GuestDisk disk) {
        if (disk.isDevice()) {
            node.run("lvremove", "-qy", disk.file().toString());
        } else {
            node.run("rm", disk.file().toString());
        }
    }

    /** The bare commands, for one disk; one at a time has one snapshot. */
    List<String> byHand(Verb verb, GuestDisk disk) {
        String path = disk.file().toString();
        return disk.isDevice()
                ? switch (verb) {
                    case CREATE -> List.of(snapshot(disk));
                    case RESTORE -> List.of("lvconvert -qy --merge " + hand(disk), snapshot(disk));
                    case DELETE -> List.of("lvremove -qy " + hand(disk));
                }
                : switch (verb) {
                    case CREATE -> List.of("qemu-img snapshot -c hand " + path);
                    case RESTORE -> List.of("qemu-img snapshot -a hand " + path);
                    case DELETE -> List.of("qemu-img snapshot -d hand " + path);
                };
    }

    private static String snapshot(GuestDisk disk) {
        return "lvcreate -qy -s -l 100%ORIGIN -n hand." + nameOf(disk) + " " + disk.file();
    }

    private static String nameOf(GuestDisk disk) {
        return disk.file().getFileName().toString();
    }

    private static String hand(GuestDisk disk) {
        return disk.file().resolveSibling("hand." + nameOf(disk)).toString();
    }

    private static GuestDisk image(LabNode node, String directory, String name, int mebibytes) {
        Path file = Path.of(directory, name + ".qcow2");
        node.run("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), mebibytes + "M");
        return new GuestDisk(file, GuestDisk.Format.QCOW2, mebibytes);
    }

    private static GuestDisk volume(String group, String name, int mebibytes) {
        return new GuestDisk(Path.of("/dev", group, name), GuestDisk.Format.RAW, mebibytes);
    }

    @Override
    public String toString() {
        return label;
    }
}
