package dev.vmsnap.core;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.core.Scenario.Disks;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Every verb in every shape that makes a different plan: what the failure and crash tests go through, call by call.
 *
 * @param name what it is
 * @param disks what the VM's disks lie on
 * @param power the VM's power state before
 * @param after its power state once the verb has succeeded
 * @param before makes the tree that the verb meets
 * @param verb what is tried
 */
record Trial(
        String name,
        Disks disks,
        PowerState power,
        PowerState after,
        Consumer<Scenario> before,
        Consumer<Scenario> verb) {

    static Stream<Trial> all() {
        return Stream.of(
                trial("create on a running VM", Disks.FILES, PowerState.RUNNING, s -> {}, s -> s.create("new")),
                trial("create with RAM", Disks.FILES, PowerState.RUNNING, s -> {}, s -> s.createWithRam("new")),
                trial("create with firmware", Disks.FILES, PowerState.RUNNING, firmware(), s -> s.create("new")),
                trial("create, firmware, RAM", Disks.FILES, PowerState.RUNNING, firmware(), s -> s.createWithRam("n")),
                trial(
                        "restore firmware",
                        Disks.FILES,
                        PowerState.RUNNING,
                        firmware().andThen(twoOf(false)),
                        s -> s.restore(FIRST)),
                trial("create quiesced", Disks.FILES, PowerState.RUNNING, s -> {}, s -> s.createQuiesced("new")),
                trial("create on a VM that is off", Disks.FILES, PowerState.OFF, s -> {}, s -> s.create("new")),
                trial("create on a paused VM", Disks.FILES, PowerState.PAUSED, s -> {}, s -> s.create("new")),
                trial("create beside", Disks.LOGICAL_VOLUMES, PowerState.RUNNING, s -> {}, s -> s.create("new")),
                trial("create on a mixed VM", Disks.BOTH, PowerState.RUNNING, s -> {}, s -> s.createQuiesced("new")),
                trial(
                        "create beside, RAM",
                        Disks.LOGICAL_VOLUMES,
                        PowerState.RUNNING,
                        s -> {},
                        s -> s.createWithRam("n")),
                trial(
                        "create beside, RAM, paused",
                        Disks.LOGICAL_VOLUMES,
                        PowerState.PAUSED,
                        s -> {},
                        s -> s.createWithRam("n")),
                trial("create mixed, RAM", Disks.BOTH, PowerState.RUNNING, s -> {}, s -> s.createWithRam("new")),
                trial(
                        "restore RAM beside",
                        Disks.LOGICAL_VOLUMES,
                        PowerState.RUNNING,
                        twoOf(true),
                        s -> s.restore(FIRST)),
                trial("restore mixed, RAM", Disks.BOTH, PowerState.RUNNING, twoOf(true), s -> s.restore(FIRST)),
                trial("delete RAM beside", Disks.BOTH, PowerState.RUNNING, twoOf(true), Scenario::deleteAll),
                trial("migrate", Disks.SHARED, PowerState.OFF, twoOf(false), s -> s.migrate("node-2")),
                trial("migrate files", Disks.FILES, PowerState.OFF, movable(), s -> s.migrateFiles("node-2")),
                trial("clone", Disks.FILES, PowerState.RUNNING, twoOf(true), s -> s.copy(Optional.empty())),
                trial(
                        "clone beside",
                        Disks.LOGICAL_VOLUMES,
                        PowerState.RUNNING,
                        s -> {},
                        s -> s.copy(Optional.empty())),
                trial("clone, mixed, off", Disks.BOTH, PowerState.OFF, twoOf(false), s -> s.copy(Optional.empty())),
                trial("clone a snapshot", Disks.BOTH, PowerState.RUNNING, twoOf(true), s -> s.copy(Optional.of(FIRST))),
                trial("create as a child", Disks.FILES, PowerState.RUNNING, s -> s.create("old"), s -> s.create("new")),
                trial("restore disks", Disks.FILES, PowerState.RUNNING, twoOf(false), s -> s.restore(FIRST)),
                trial("restore RAM", Disks.FILES, PowerState.RUNNING, twoOf(true), s -> s.restore(FIRST)),
                trial("restore a VM that is off", Disks.FILES, PowerState.OFF, twoOf(false), s -> s.restore(FIRST)),
                trial(
                        "restore without a detached disk",
                        Disks.FILES,
                        PowerState.RUNNING,
                        twoOf(false).andThen(s -> s.detach("vdb")),
                        s -> s.restoreRemaining(FIRST)),
                trial("restore a mixed VM", Disks.BOTH, PowerState.RUNNING, twoOf(false), s -> s.restore(FIRST)),
                trial(
                        "restore, generation ID",
                        Disks.FILES,
                        PowerState.RUNNING,
                        identified().andThen(twoOf(false)),
                        s -> s.restore(FIRST)),
                trial(
                        "restore without bitmaps",
                        Disks.BOTH,
                        PowerState.RUNNING,
                        twoOf(false).andThen(backedUp()),
                        s -> s.restore(FIRST, Intent.RestoreOptions.ORDINARY.droppingBitmaps())),
                trial(
                                "restore to be off",
                                Disks.BOTH,
                                PowerState.RUNNING,
                                identified().andThen(twoOf(true)),
                                first(Intent.PowerAfter.OFF))
                        .ending(PowerState.OFF),
                trial(
                                "restore to be held",
                                Disks.FILES,
                                PowerState.OFF,
                                identified().andThen(twoOf(false)),
                                first(Intent.PowerAfter.PAUSED))
                        .ending(PowerState.PAUSED),
                trial(
                                "restore RAM to be held",
                                Disks.LOGICAL_VOLUMES,
                                PowerState.RUNNING,
                                identified().andThen(twoOf(true)),
                                first(Intent.PowerAfter.PAUSED))
                        .ending(PowerState.PAUSED),
                trial("delete the root", Disks.FILES, PowerState.RUNNING, twoOf(true), s -> s.snapshots
                        .delete(s.vm, FIRST, Scenario.ADMIN)
                        .await()),
                trial("delete what ran out of space", Disks.FILES, PowerState.RUNNING, full(), Scenario::deleteAll),
                trial(
                        "run out of space",
                        Disks.FILES,
                        PowerState.RUNNING,
                        s -> s.datacenter.inImage().leaveFree(8L << 20),
                        tooLarge()),
                trial("delete all, off", Disks.BOTH, PowerState.OFF, twoOf(false), Scenario::deleteAll),
                trial("delete all, running", Disks.BOTH, PowerState.RUNNING, twoOf(false), Scenario::deleteAll),
                trial("the VM is deleted", Disks.BOTH, PowerState.OFF, twoOf(false), s -> s.snapshots
                        .vmDeleted(s.vm, Scenario.ADMIN)
                        .await()),
                trial(
                        "edit",
                        Disks.FILES,
                        PowerState.RUNNING,
                        twoOf(false),
                        s -> s.snapshots.edit(s.vm, FIRST, "renamed", "", Scenario.ADMIN)));
    }

    static final SnapshotId FIRST = SnapshotId.of("s1");

    Scenario prepared() {
        Scenario scenario = Scenario.of(disks, power);
        before.accept(scenario);
        scenario.datacenter.faults().forgetCalls();
        return scenario;
    }

    /** Whether the VM has the same configuration afterwards. */
    boolean keepsConfiguration() {
        return !name.equals("migrate files");
    }

    private static Consumer<Scenario> firmware() {
        return s -> s.guest.machineState(Map.of("nvram", "djE="));
    }

    private static Consumer<Scenario> twoOf(boolean ram) {
        return s -> {
            if (ram) {
                s.createWithRam("first");
            } else {
                s.create("first");
            }
            s.create("second");
        };
    }

    private static Consumer<Scenario> movable() {
        return s -> {
            s.create("first");
            s.create("second");
            s.copyFiles("node-2", true);
        };
    }

    private static Consumer<Scenario> tooLarge() {
        return s -> {
            try {
                s.createWithRam("too large");
            } catch (DriverException told) {
                if (told.reason() != DriverException.Reason.NO_SPACE) {
                    throw told;
                }
            }
        };
    }

    private static Consumer<Scenario> full() {
        return s -> {
            s.datacenter.inImage().leaveFree(8L << 20);
            tooLarge().accept(s);
            s.datacenter.inImage().leaveFree(1L << 30);
        };
    }

    private static Trial trial(
            String name, Disks disks, PowerState power, Consumer<Scenario> before, Consumer<Scenario> verb) {
        return new Trial(name, disks, power, power, before, verb);
    }

    private Trial ending(PowerState state) {
        return new Trial(name, disks, power, state, before, verb);
    }

    private static Consumer<Scenario> identified() {
        return s -> s.guest.reversion().withGenerationId();
    }

    private static Consumer<Scenario> backedUp() {
        return s -> {
            s.guest.disk("vda").bitmaps("backup-1");
            s.guest.reversion().checkpoints("backup-1");
        };
    }

    private static Consumer<Scenario> first(Intent.PowerAfter power) {
        return s -> s.restore(FIRST, power);
    }

    @Override
    public String toString() {
        return name;
    }
}
