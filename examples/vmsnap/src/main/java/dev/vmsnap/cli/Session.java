package dev.vmsnap.cli;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.Operation;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** What a verb works with while it runs. */
final class Session implements AutoCloseable {
    private final Connections connections;
    private final Actor actor;
    private final Output output;
    private final Interruption interruption;

    Session(Connections connections, Actor actor, Output output, Interruption interruption) {
        this.connections = connections;
        this.actor = actor;
        this.output = output;
        this.interruption = interruption;
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

    VmLookup vms() {
        return new VmLookup(connections);
    }

    SnapshotTree tree(Vm vm) {
        return snapshots().tree(vm.id());
    }

    SnapshotLookup lookup(Vm vm) {
        return new SnapshotLookup(vm, tree(vm));
    }

    /** Looks what the snapshots of a VM take; one whose room ran out becomes unavailable by that. */
    Usages usages(Vm vm) {
        return change(() -> new Usages(snapshots().usage(vm.id())));
    }

    /** The same for whoever can do without. */
    Usages usagesIfPossible(Vm vm) {
        try {
            return usages(vm);
        } catch (DriverException e) {
            LoggerFactory.getLogger(Session.class).debug("What the snapshots take cannot be told", e);
            return Usages.UNKNOWN;
        }
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
