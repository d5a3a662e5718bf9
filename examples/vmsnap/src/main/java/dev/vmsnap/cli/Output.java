package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Operation;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.VmSnapshots.VmList;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** How verbs say what they learned. A verb says exactly one thing, at most with notices before, or fails. */
interface Output {

    void vms(VmList list);

    /** Snapshots of several VMs, those of one VM together. */
    void list(List<Inventory> inventories, List<VmOverview> damaged);

    /** The same as comma-separated values. */
    void csv(List<Inventory> inventories);

    void tree(Inventory inventory);

    void show(Inventory inventory, Snapshot snapshot);

    void status(VmOverview vm, Inventory inventory);

    void usage(Inventory inventory);

    /** What a person should know before something is done; a document has it in what it says of the deed. */
    void notices(List<Verdict.Notice> notices);

    /** Something was done to one snapshot. */
    void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices);

    /** The same where there was nothing to know before. */
    default void done(Deed deed, Vm vm, Snapshot snapshot) {
        done(deed, vm, snapshot, List.of());
    }

    /** A VM was brought back to a snapshot. */
    void restored(Vm vm, Restored restored, List<Verdict.Notice> notices);

    /** Disks were copied, as a snapshot has them or as they are. */
    void cloned(Vm vm, Optional<Snapshot> of, List<Volume> copies, List<Verdict.Notice> notices);

    /** Snapshots were deleted. */
    void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left);

    /** Snapshots whose time was over were deleted, or not. */
    void expired(List<Due> due);

    /** A VM was taken to another node. */
    void migrated(Vm vm, String node, SnapshotTree tree);

    /** What would be done, and where the disks lie that it would bring back. */
    void plan(Vm vm, Plan plan, List<Volume> back);

    void verdict(Vm vm, Verdict verdict);

    void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain);

    void template(SettingsTemplate template);

    void templates(List<SettingsTemplate> templates);

    /** Operations of any process, and all VMs for their names. */
    void operations(List<Operation.Summary> operations, Map<VmId, Vm> vms);

    /** An operation was asked to stop. */
    void cancelled(String operation);

    /** What was open, and all VMs for their names. */
    void recovered(RecoveryReport report, Map<VmId, Vm> vms);

    /** Records were made again, or would be. */
    void rebuilt(List<RebuildOutcome> outcomes, List<SilentNode> silent, boolean dryRun);

    /** Prints the findings about nodes and those about VMs. */
    void checkups(List<Finding> nodes, List<Checkup> checkups);

    /** Prints what nodes and this machine lack. */
    void probed(List<Finding> findings);

    void versions(Versions versions);

    void failure(Failure failure);

    /** Returns who shows how far an operation is; to be closed before anything else is said. */
    ProgressDisplay progress();

    /** What was done to a snapshot. */
    enum Deed {
        CREATED,
        EDITED
    }

    /** What runs where; of a node that does not answer there is no version but a message. */
    record Versions(String vmsnap, String java, List<NodeVersion> nodes) {}

    /** What answers on a node, or why nothing does. */
    record NodeVersion(String node, boolean reachable, String text) {}

    /** Shows how far an operation is. */
    interface ProgressDisplay extends Consumer<Progress>, AutoCloseable {
        @Override
        void close();
    }
}
