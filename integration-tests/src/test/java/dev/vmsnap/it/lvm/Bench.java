package dev.vmsnap.it.lvm;

import dev.vmsnap.StorageKind;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A volume group of a node, how the driver is made for it, and volumes that are used again by one sentence after the
 * other: each of LVM's commands takes a good part of a second on an emulated machine.
 */
final class Bench implements AutoCloseable {
    private static final String POOL = "contract_pool";
    private static final String LOCAL = "/etc/lvm/lvmlocal.conf";
    private static final String TARGETS = "vd[a-z]";

    private final KvmHypervisor machine;
    private final String group;
    private final boolean thin;
    private final StorageKind kind;
    private final Supplier<LvmStorage> driver;

    private Bench(LabNode node, String group, boolean thin, StorageKind kind, Supplier<LvmStorage> driver) {
        this.machine = KvmHypervisor.connect(node.uri());
        this.group = group;
        this.thin = thin;
        this.kind = kind;
        this.driver = driver;
        if (thin) {
            run("lvcreate", "-y", "-L", "96M", "--thinpool", POOL, group);
        }
    }

    static Bench localThick(LabNode node) {
        String group = node.ownGroup();
        return new Bench(node, group, false, StorageKind.LOCAL_LVM, () -> LvmStorage.inVolumeGroup(group));
    }

    static Bench localThin(LabNode node) {
        String group = node.ownGroup();
        return new Bench(node, group, true, StorageKind.LOCAL_LVM, () -> LvmStorage.inVolumeGroup(group));
    }

    static Bench shared(LabNode node) {
        String group = node.sharedGroup();
        return new Bench(node, group, false, StorageKind.NETWORK_LVM, () -> LvmStorage.inSharedVolumeGroup(group));
    }

    KvmHypervisor machine() {
        return machine;
    }

    StorageKind kind() {
        return kind;
    }

    LvmStorage driver() {
        return driver.get();
    }

    String device(String name) {
        return "/dev/" + group + "/" + name;
    }

    /** An empty volume of 8 MiB; one that an earlier sentence has left is used again. */
    void volume(String name) {
        if (!attempt("test", "-e", device(name)).succeeded()) {
            List<String> command = new ArrayList<>(List.of("lvcreate", "-y", "-Wn", "-n", name));
            command.addAll(thin ? List.of("-V", "8m", "-T", group + "/" + POOL) : List.of("-l", "2", group));
            run(command.toArray(String[]::new));
        }
    }

    /** Everything that is there besides volumes for guests and their pool, with its tags. */
    List<String> traces() {
        return run("lvs", "--noheadings", "-o", "lv_name,lv_tags", group)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.matches(TARGETS) && !line.equals(POOL))
                .toList();
    }

    /** Hides every device from the tools of LVM by a filter; what is active stays active. */
    void hide() {
        run("sh", "-c", "cp -a \"$1\" \"$1.seen\" && echo 'devices/global_filter=[\"r|.*|\"]' >>\"$1\"", "sh", LOCAL);
    }

    /** Takes the filter away. */
    void show() {
        run("mv", LOCAL + ".seen", LOCAL);
    }

    /** Removes what the driver has left. */
    void clear() {
        run("lvremove", "-y", "-S", "lv_name=~\"^vmsnap\"", group);
    }

    String run(String... command) {
        return require(attempt(command), String.join(" ", command)).output();
    }

    void feed(String input, String... command) {
        require(machine.commands().run(Command.of(command).reading(input)), String.join(" ", command));
    }

    private Result attempt(String... command) {
        return machine.commands().run(Command.of(command));
    }

    private static Result require(Result result, String what) {
        if (!result.succeeded()) {
            throw new IllegalStateException(what + ": " + result.errors());
        }
        return result;
    }

    @Override
    public void close() {
        try (machine) {
            run("lvremove", "-y", "-S", "lv_name=~\"^vmsnap\" || lv_name=~\"^vd[a-z]$\" || lv_name=" + POOL, group);
        }
    }
}
