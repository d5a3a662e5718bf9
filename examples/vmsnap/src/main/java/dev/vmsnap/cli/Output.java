package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmOverview;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** How verbs say what they learned. A verb says exactly one thing, or fails. */
interface Output {

    void vms(List<VmOverview> vms);

    /** Snapshots of several VMs, those of one VM together. */
    void list(Map<Vm, SnapshotTree> trees);

    void tree(Vm vm, SnapshotTree tree);

    void show(Vm vm, SnapshotTree tree, Snapshot snapshot, Usages usages);

    void status(VmOverview vm, SnapshotTree tree, Usages usages);

    void usage(Vm vm, SnapshotTree tree, Usages usages);

    /** Something was done to one snapshot. */
    void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices);

    /** Snapshots were deleted. */
    void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left);

    /** A VM was taken to another node. */
    void migrated(Vm vm, String node, SnapshotTree tree);

    /** What would be done, and where the disks lie that it would bring back. */
    void plan(Vm vm, Plan plan, List<Volume> back);

    void verdict(Vm vm, Verdict verdict);

    void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain);

    void template(SettingsTemplate template);

    void templates(List<SettingsTemplate> templates);

    void recovered(RecoveryReport report);

    /** What was noticed, with the names of the VMs that were looked at. */
    void findings(Map<Vm, List<Finding>> findings);

    void versions(Versions versions);

    void failure(Failure failure);

    /** Returns who shows how far an operation is; to be closed before anything else is said. */
    ProgressDisplay progress();

    /** What was done to a snapshot. */
    enum Deed {
        CREATED,
        RESTORED,
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
