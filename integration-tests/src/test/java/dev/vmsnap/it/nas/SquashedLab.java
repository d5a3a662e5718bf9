package dev.vmsnap.it.nas;

import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.it.Disturbed;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.storage.nas.NasStorage;
import dev.vmsnap.tck.StorageLab;
import dev.vmsnap.testkit.Datacenter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** qcow2 images in a directory that only their owner may enter, on an export where the node's root is nobody. */
final class SquashedLab implements StorageLab {
    static final String OWNER = "64055";

    private static final String WRITE = "cat >/tmp/sector && exec setpriv --reuid $1 --regid $1 --clear-groups"
            + " qemu-img convert -n -f raw -O qcow2 /tmp/sector \"$2\"";
    private static final String READ = "rm -f /tmp/read && setpriv --reuid $1 --regid $1 --clear-groups"
            + " qemu-img dd -f qcow2 -O raw bs=512 count=1 if=\"$2\" of=/tmp/read && exec cat /tmp/read";
    private static final String TRACES = """
            exec setpriv --reuid $1 --regid $1 --clear-groups sh -c '
                cd "$1" && find . -mindepth 1 | while read -r file; do
                    case $file in
                        *.qcow2) qemu-img snapshot -l "$file"; qemu-img check -q -f qcow2 "$file" || echo "leaks $file" ;;
                        *) echo "$file" ;;
                    esac
                done' sh "$2"
            """;
    private static final int SECTOR = 512;

    private final KvmHypervisor machine;
    private final Disturbed commands;
    private final HypervisorDriver node;
    private final String directory;
    private StorageDriver driver = patient();

    /**
     * With an empty directory of that owner, on a mount.
     *
     * @param machine the node
     */
    SquashedLab(KvmHypervisor machine, String directory) {
        this.machine = machine;
        this.commands = new Disturbed(machine.commands(), "qemu-img");
        this.node = new Datacenter().node("lab", commands, machine.files());
        this.directory = directory;
    }

    /** Makes such a directory on the server's own disk. */
    static void furnish(LabNode server, String directory) {
        server.run("sh", "-c", "mkdir -m 700 \"$1\" && chown $2:$2 \"$1\"", "sh", directory, OWNER);
    }

    /** A node in a box may be slow. */
    private static NasStorage patient() {
        return new NasStorage().withDeadline(Duration.ofMinutes(1)).movingOnSameExport();
    }

    @Override
    public StorageDriver driver() {
        return driver;
    }

    @Override
    public HypervisorDriver hypervisor() {
        return node;
    }

    @Override
    public Volume newVolume(String target) {
        String path = directory + "/disk '" + target + "'.qcow2";
        asOwner("qemu-img", "create", "-q", "-f", "qcow2", path, "1M");
        return new Volume(target, path, "qcow2", StorageKind.NAS, driver.id(), OptionalLong.empty());
    }

    @Override
    public void write(Volume volume, String content) {
        String sector = content + "\0".repeat(SECTOR - content.length());
        require(machine.commands()
                .run(Command.of("sh", "-c", WRITE, "sh", OWNER, volume.source()).reading(sector)));
    }

    @Override
    public String read(Volume volume) {
        return run("sh", "-c", READ, "sh", OWNER, volume.source()).replace("\0", "");
    }

    @Override
    public void destroy(Volume volume) {
        asOwner("rm", volume.source());
    }

    @Override
    public Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        if (kind != Disturbance.AWAY) {
            return Optional.of(commands.disturb(kind));
        }
        String mount = directory.substring(0, directory.lastIndexOf('/'));
        run("mount", "-t", "tmpfs", "tmpfs", mount);
        return Optional.of(() -> run("umount", mount));
    }

    @Override
    public boolean rebase(Volume volume) {
        String base = directory + "/disk 'base'.qcow2";
        asOwner("qemu-img", "create", "-q", "-f", "qcow2", base, "1M");
        asOwner("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", base, volume.source());
        return true;
    }

    @Override
    public Optional<Foreign> linkRecords(Volume volume) {
        run("sh", "-c", "mkdir -p \"$1\" && chmod 777 \"$1\"", "sh", "/tmp/elsewhere");
        asOwner("ln", "-s", "/tmp/elsewhere", directory + "/.vmsnap");
        return Optional.of(new Foreign() {
            @Override
            public boolean isTouched() {
                return !run("ls", "-A", "/tmp/elsewhere").isBlank();
            }

            @Override
            public void remove() {
                asOwner("rm", directory + "/.vmsnap");
                run("rm", "-rf", "/tmp/elsewhere");
            }
        });
    }

    @Override
    public List<String> traces() {
        return run("sh", "-c", TRACES, "sh", OWNER, directory)
                .lines()
                .filter(line -> !line.startsWith("Snapshot list:") && !line.startsWith("ID "))
                .toList();
    }

    @Override
    public Optional<String> published(VmId vm) {
        Result result = machine.commands()
                .run(Command.of(owned("cat", directory + "/.vmsnap/" + vm + ".test-store.json")
                        .toArray(String[]::new)));
        return result.succeeded() ? Optional.of(result.output()) : Optional.empty();
    }

    @Override
    public void reopen() {
        driver = patient();
    }

    @Override
    public void close() {
        asOwner("sh", "-c", "cd \"$1\" && find . -mindepth 1 -delete", "sh", directory);
    }

    private void asOwner(String... command) {
        run(owned(command).toArray(String[]::new));
    }

    private static List<String> owned(String... command) {
        List<String> all = new ArrayList<>(List.of("setpriv", "--reuid", OWNER, "--regid", OWNER, "--clear-groups"));
        all.addAll(List.of(command));
        return all;
    }

    private String run(String... command) {
        return require(machine.commands().run(Command.of(command)));
    }

    private static String require(Result result) {
        if (!result.succeeded()) {
            throw new IllegalStateException(result.errors());
        }
        return result.output();
    }
}
