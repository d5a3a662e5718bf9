package dev.vmsnap.cli;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** What a verb works with while it runs. */
final class Session implements AutoCloseable {
    private final Connections connections;
    private final Actor actor;
    private final Output output;
    private final Clock clock;
    private final Interruption interruption;
    private final Confirmation confirmation;
    private final Names names;

    Session(
            Connections connections,
            Actor actor,
            Output output,
            Clock clock,
            Interruption interruption,
            Confirmation confirmation,
            Names names) {
        this.connections = connections;
        this.actor = actor;
        this.output = output;
        this.clock = clock;
        this.interruption = interruption;
        this.confirmation = confirmation;
        this.names = names;
    }

    VmSnapshots snapshots() {
        return connections.snapshots();
    }

    Map<String, HypervisorDriver> nodes() {
        return connections.nodes();
    }

    Actor actor() {
        return actor;
    }

    Output output() {
        return output;
    }

    Clock clock() {
        return clock;
    }

    Confirmation confirmation() {
        return confirmation;
    }

    VmLookup vms() {
        return new VmLookup(connections, names);
    }

    SnapshotTree tree(Vm vm) {
        return snapshots().tree(vm.id());
    }

    /** Returns the snapshots of a VM as they are recorded. */
    Inventory inventory(Vm vm) {
        return new Inventory(vm, tree(vm), Optional.empty());
    }

    /** The same after somebody has looked what they take, which can have found one that is lost. */
    Inventory inventory(Vm vm, Usages usages) {
        return new Inventory(vm, tree(vm), Optional.of(usages));
    }

    SnapshotLookup lookup(Vm vm) {
        return new SnapshotLookup(vm, tree(vm));
    }

    /** Looks what the snapshots of a VM take; one whose room ran out becomes unavailable by that. */
    Usages usages(Vm vm) {
        return change(() -> new Usages(snapshots().usage(vm.id()), Optional.empty()));
    }

    /** The same for whoever can do without. */
    Usages usagesIfPossible(Vm vm) {
        try {
            return usages(vm);
        } catch (DriverException e) {
            LoggerFactory.getLogger(Session.class).debug("What the snapshots take cannot be told", e);
            return new Usages(List.of(), Optional.ofNullable(e.getMessage()));
        }
    }

    /** Asks what a person should know before something is done, and shows it; what is refused says so itself. */
    List<Verdict.Notice> notices(Vm vm, Intent intent) {
        Verdict verdict = snapshots().check(vm.id(), intent, actor);
        List<Verdict.Notice> notices = verdict.allowed() ? verdict.notices() : List.of();
        output.notices(notices);
        return notices;
    }

    /** Runs an operation with its progress shown; Ctrl-C cancels it. */
    <T> T run(Supplier<Operation<T>> operation) {
        return interruption.run(operation, output.progress());
    }

    /** Makes a short change; Ctrl-C waits for it. */
    <T> T change(Supplier<T> change) {
        return interruption.change(change);
    }

    /** The verb is done by now: a connection that cannot be closed is not its failure. */
    @Override
    public void close() {
        try {
            snapshots().close();
        } catch (SnapshotException e) {
            LoggerFactory.getLogger(Session.class).debug("Closing failed", e);
        }
    }
}
