package dev.vmsnap;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The snapshots of the host's VMs: everything a host calls. Made by {@code SnapshotEngine}. Thread-safe.
 *
 * <p>Each verb asks the rules first and throws {@link RefusedException} before anything is touched. One operation at a
 * time works on a VM; a second one fails with {@link BusyException}. A verb that returns an {@link Operation} acquires the
 * lease, inspects and judges on the caller's thread; the steps run on the host's executor, and their failure waits in
 * {@link Operation#await()}. Without an executor the operation has ended when the method returns. An engine can be told to
 * inspect and judge on the executor too; refusals then come from {@link Operation#await()}. All other verbs do all their
 * work on the caller's thread.
 */
public interface VmSnapshots extends AutoCloseable {

    /**
     * Returns the snapshots of a VM.
     *
     * @param vm the VM; one that is not known has the empty tree
     * @return the tree as the store has it now
     */
    SnapshotTree tree(VmId vm);

    /**
     * Returns the snapshots of all VMs that have any. It asks the store only, so a node that does not answer changes nothing.
     * VMs whose records are damaged are left out; {@link #vms()} and {@link #doctor()} name them.
     *
     * @return the trees, ordered by VM
     */
    List<SnapshotTree> trees();

    /**
     * Lists all VMs as {@link #vmList} does, without the nodes that did not answer.
     *
     * @return the VMs, ordered by name
     */
    default List<VmOverview> vms() {
        return vmList().vms();
    }

    /**
     * Lists all VMs: those that a node has, and those with snapshots or leftovers that no node which answers has. A node
     * that does not answer in time delays the list by a few seconds the first time, and hardly after that.
     *
     * @return the VMs and the nodes that did not answer
     */
    VmList vmList();

    /**
     * Lists the VMs that have snapshots or leftovers, as the store knows them. It asks no node.
     *
     * @return the VMs, ordered by the name that each had last; none has a node or a power state
     */
    List<VmOverview> recordedVms();

    /**
     * A node that did not answer.
     *
     * @param name the node's name
     * @param reason the kind of failure
     * @param why the cause, one phrase for people, for example that the connection was refused or that time ran out
     */
    record SilentNode(String name, DriverException.Reason reason, String why) {}

    /**
     * The VMs, as far as nodes answered.
     *
     * @param vms the VMs, ordered by name
     * @param silentNodes the nodes that did not answer and may have more VMs, in no particular order
     */
    record VmList(List<VmOverview> vms, List<SilentNode> silentNodes) {
        /** Copies the lists. */
        public VmList {
            vms = List.copyOf(vms);
            silentNodes = List.copyOf(silentNodes);
        }
    }

    /**
     * Takes a snapshot.
     *
     * @param vm of which VM
     * @param spec what to take
     * @param actor who asks
     * @return the work; it yields the complete snapshot
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<Snapshot> create(VmId vm, SnapshotSpec spec, Actor actor);

    /**
     * Brings a VM back to a snapshot and keeps every snapshot; refuses when its configuration or disks have changed since,
     * or when the snapshot does not have all of its disks. The disks' present content is lost.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param actor who asks
     * @return the work; it yields the snapshot that the VM now descends from, and the certificate
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<Restored> restore(VmId vm, SnapshotId snapshot, Actor actor) {
        return restore(vm, snapshot, Intent.RestoreOptions.ORDINARY, actor);
    }

    /**
     * Brings a VM back to a snapshot and keeps every snapshot.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param drift what to do when the VM is no longer what the snapshot has of it
     * @param actor who asks
     * @return the work; it yields the snapshot that the VM now descends from, and the certificate
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<Restored> restore(VmId vm, SnapshotId snapshot, Intent.Drift drift, Actor actor) {
        return restore(vm, snapshot, Intent.RestoreOptions.ORDINARY.drift(drift), actor);
    }

    /**
     * Brings a VM back to a snapshot and keeps every snapshot.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param options what is to be different from an ordinary restore
     * @param actor who asks
     * @return the work; it yields the snapshot that the VM now descends from, and the certificate
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<Restored> restore(VmId vm, SnapshotId snapshot, Intent.RestoreOptions options, Actor actor);

    /**
     * The result of a restore.
     *
     * @param snapshot the snapshot that the VM descends from now
     * @param certificate what was done about each hazard of going back in time
     */
    record Restored(Snapshot snapshot, Certificate certificate) {}

    /**
     * Changes a snapshot's name and comment; its tags and its expiry stay.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param name the new name, not blank
     * @param comment the new comment
     * @param actor who asks
     * @return the changed snapshot
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Snapshot edit(VmId vm, SnapshotId snapshot, String name, String comment, Actor actor) {
        Snapshot.Labels before =
                tree(vm).find(snapshot).map(Snapshot::labels).orElseGet(() -> Snapshot.Labels.named(name));
        return edit(vm, snapshot, before.name(name).comment(comment), actor);
    }

    /**
     * Changes everything that is said of a snapshot.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param labels what is said from now on; its name is not blank
     * @param actor who asks
     * @return the changed snapshot
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Snapshot edit(VmId vm, SnapshotId snapshot, Snapshot.Labels labels, Actor actor);

    /**
     * Deletes one snapshot; its children move up to its parent. "Already gone" is success.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param actor who asks
     * @return the work; it yields the tree that is left
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<SnapshotTree> delete(VmId vm, SnapshotId snapshot, Actor actor) {
        return delete(vm, Set.of(snapshot), false, actor);
    }

    /**
     * Deletes snapshots; children that stay move up to the nearest ancestor that stays. "Already gone" is success.
     *
     * @param vm the VM
     * @param snapshots which snapshots
     * @param withChildren whether everything below them goes too
     * @param actor who asks
     * @return the work; it yields the tree that is left
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<SnapshotTree> delete(
            VmId vm, Collection<SnapshotId> snapshots, boolean withChildren, Actor actor) {
        return delete(vm, new Intent.Delete(Set.copyOf(snapshots), withChildren), actor);
    }

    /**
     * Deletes snapshots. A part that cannot be reached, beside others that can, is left for later: the store remembers it,
     * {@link #doctor} names it, and {@link #recover} deletes it. It stands in the way of no other verb.
     *
     * @param vm the VM
     * @param what which snapshots, and what to do if no part of one can be reached
     * @param actor who asks
     * @return the work; it yields the tree that is left
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<SnapshotTree> delete(VmId vm, Intent.Delete what, Actor actor);

    /**
     * Deletes every snapshot of a VM.
     *
     * @param vm the VM
     * @param actor who asks
     * @return the work; it yields the empty tree
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<SnapshotTree> deleteAll(VmId vm, Actor actor) {
        return deleteAll(vm, new Intent.DeleteAll(), actor);
    }

    /**
     * Deletes every snapshot of a VM.
     *
     * @param vm the VM
     * @param what what to do if no part of a snapshot can be reached
     * @param actor who asks
     * @return the work; it yields the empty tree
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<SnapshotTree> deleteAll(VmId vm, Intent.DeleteAll what, Actor actor);

    /**
     * Deletes the snapshots of all VMs whose time is over. A host calls this when it likes, from a scheduler of its own;
     * nothing expires by itself. One VM that cannot be worked on now keeps no other from it.
     *
     * @param actor who asks; what they may not delete stays
     * @return one entry for each VM that has snapshots whose time is over, and one without snapshots and with the failure for
     *     each VM whose records are damaged
     */
    List<Expired> deleteExpired(Actor actor);

    /**
     * What became of the snapshots of one VM whose time was over.
     *
     * @param vm the VM
     * @param snapshots which they are
     * @param failure why they are still there; empty when they are gone
     */
    record Expired(VmId vm, Set<SnapshotId> snapshots, Optional<SnapshotException> failure) {
        /** Copies the set. */
        public Expired {
            snapshots = Set.copyOf(snapshots);
        }
    }

    /**
     * Is told that the host has deleted a VM or is about to: deletes its snapshots from storage that is still there and
     * forgets everything about it. Works when no node has the VM any more, and when its disks are gone.
     *
     * @param vm the VM
     * @param actor who deleted it
     * @return the work; it yields the empty tree
     * @throws BusyException if another operation works on the VM
     */
    Operation<SnapshotTree> vmDeleted(VmId vm, Actor actor);

    /**
     * Takes a stopped VM to another node on which all disks are where they are here.
     *
     * @param vm the VM; must be off
     * @param node the name of the node to take it to
     * @param actor who asks
     * @return the work; it yields the tree
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    default Operation<SnapshotTree> migrate(VmId vm, String node, Actor actor) {
        return migrate(vm, new Intent.Migrate(node), actor);
    }

    /**
     * Takes a stopped VM with its snapshots from its node to another one. On storage that both reach the source lets go of
     * the volumes and the target takes them over; files the host has copied before, as they are, and each copy is looked at
     * for every snapshot. Then the target gets the VM's configuration, the source forgets it, and the records follow. No
     * data is moved; copied files stay on the source, where nothing of vmsnap works on them any more: the host deletes
     * them. What may be moved {@link #check} answers for {@link Intent.Migrate}.
     *
     * @param vm the VM; must be off
     * @param where to which node, and where its disks are there
     * @param actor who asks
     * @return the work; it yields the tree, whose snapshots know where their disks are now
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<SnapshotTree> migrate(VmId vm, Intent.Migrate where, Actor actor);

    /**
     * Answers whether a snapshot could be restored on another node than the VM's: processor, machine type, hypervisor
     * version, firmware and paths are compared. Touches nothing; a host asks before it stops a VM to move it.
     *
     * @param vm the VM
     * @param snapshot which snapshot
     * @param node the other node's name
     * @return the verdict with everything that stands against it
     */
    Verdict restorableOn(VmId vm, SnapshotId snapshot, String node);

    /**
     * Copies disks of a VM that runs or is off, as they are or as a snapshot has them: one instant for all of them, without
     * snapshots and without RAM. The VM is not touched, but for a snapshot that is there while its present state is copied.
     * What a new VM needs besides (a name, an id, MAC addresses, firmware variables) is the host's business.
     *
     * @param vm the VM
     * @param what of what, and where to
     * @param actor who asks
     * @return the work; it yields the copies, in the order of the VM's disks. It can be cancelled until the last is whole;
     *     then none of them is there
     * @throws RefusedException if the rules say no
     * @throws BusyException if another operation works on the VM
     */
    Operation<List<Volume>> clone(VmId vm, Intent.Clone what, Actor actor);

    /**
     * Reports how much the snapshots of a VM take, if storage can count it, which may mean reading all tables of an image.
     * It changes no record. A host that gives snapshots less room than they could need asks this now and then, and gets
     * {@link SnapshotEvent.Phase#FILLING} on the way.
     *
     * @param vm the VM
     * @return for each snapshot and disk, in the order of the tree and of the snapshot's disks; then for each snapshot of
     *     vmsnap on the VM's disks that the store does not know, whose id is in no tree, as after the loss of a store; those
     *     of which storage cannot tell are left out
     * @throws DriverException if nothing was counted because the VM's node or a storage could not be inspected
     */
    List<Snapshot.Usage> usage(VmId vm);

    /**
     * Answers whether something may be done. Touches nothing; looks at the VM where the answer depends on it. The
     * answer can be out of date when it arrives: the verbs ask again themselves.
     *
     * @param vm the VM
     * @param intent what is asked
     * @param actor who asks
     * @return the verdict with every refusal that was found
     */
    Verdict check(VmId vm, Intent intent, Actor actor);

    /**
     * Tells what an intent would do. Touches nothing.
     *
     * @param vm the VM
     * @param intent what is asked; for what the host does itself the plan has no steps
     * @param actor who asks
     * @return the plan with its verdict
     */
    Plan plan(VmId vm, Intent intent, Actor actor);

    /**
     * Returns the settings in force for a VM and which level decided each.
     *
     * @param vm the VM
     * @return settings and levels
     */
    SnapshotSettings.Explanation settings(VmId vm);

    /**
     * Changes what the VM itself says about its settings. Touches no snapshot.
     *
     * @param vm the VM
     * @param choice replaces what the VM said before; what it leaves open comes from the template or the default
     * @param actor an administrator
     * @return the settings now in force
     * @throws RefusedException if the actor may not
     */
    SnapshotSettings.Explanation configure(VmId vm, SettingsChoice choice, Actor actor);

    /**
     * Returns what the VM itself says about its settings.
     *
     * @param vm the VM
     * @return the choice; open when it says nothing
     */
    SettingsChoice choice(VmId vm);

    /**
     * Returns all settings templates.
     *
     * @return the templates, ordered by name
     */
    List<SettingsTemplate> templates();

    /**
     * Saves a settings template; VMs that are assigned to it follow at once. Touches no snapshot.
     *
     * @param template replaces one of the same name
     * @param actor an administrator
     * @throws RefusedException if the actor may not
     */
    void saveTemplate(SettingsTemplate template, Actor actor);

    /**
     * Removes a settings template that no VM is assigned to. Touches no snapshot. "Already removed" is success.
     *
     * @param template the template's name
     * @param actor an administrator
     * @throws RefusedException if the actor may not, or VMs are assigned to it
     */
    void removeTemplate(String template, Actor actor);

    /**
     * Renames a settings template and assigns its VMs to the new name. Touches no snapshot and no value in force. If this
     * fails halfway, some VMs have the one name and some the other, with the same settings; asking again finishes it.
     *
     * @param template the template's name
     * @param name its new name, 1 to 255 characters without control characters
     * @param actor an administrator
     * @throws RefusedException if the actor may not, there is no such template, or another one has the new name
     */
    void renameTemplate(String template, String name, Actor actor);

    /**
     * Takes a VM from its settings template; what the VM leaves open comes from the default then. "Not assigned" is success.
     *
     * @param vm the VM
     * @param actor an administrator
     * @return the settings now in force
     * @throws RefusedException if the actor may not
     */
    SnapshotSettings.Explanation unassign(VmId vm, Actor actor);

    /**
     * Assigns a VM to a settings template.
     *
     * @param vm the VM
     * @param template the template's name
     * @param actor an administrator
     * @return the settings now in force
     * @throws RefusedException if the actor may not, or there is no such template
     */
    SnapshotSettings.Explanation assign(VmId vm, String template, Actor actor);

    /**
     * Finishes or undoes what earlier processes left open, deletes the parts that earlier deletions left behind, and makes
     * snapshots available again whose missing parts are back. A host calls it once after start, and whenever storage or a
     * node has come back; every verb does it by itself for its own VM. Operations whose owner is alive are left alone.
     *
     * @return what was found and how it ended
     */
    RecoveryReport recover();

    /**
     * Recovers one VM as {@link #recover()} does. If the VM is off it also frees space that interrupted commands left
     * allocated in its images, which means reading all their tables.
     *
     * @param vm the VM
     * @return what was found and how it ended
     */
    RecoveryReport recover(VmId vm);

    /**
     * Makes the records of a VM again after the store was lost, or put back from a backup: from the copies that lie beside
     * its disks and from the parts on them. It adds what the store does not know, and replaces what it knows only by a
     * newer copy of the same store. A snapshot whose part is gone becomes unavailable. Asked again it changes no record, and
     * writes the copies again that are gone from beside the disks. The VM may run. Copies of other stores are merged: none of those stores may be in use any more.
     *
     * @param vm the VM, which a node must have with its disks
     * @param actor an administrator
     * @return what was done
     * @throws RefusedException if the actor may not, if no node has the VM, or if a disk cannot be inspected; nothing was
     *     changed
     * @throws BusyException if another operation works on the VM
     * @throws DriverException if a copy cannot be reached, or the store cannot be written; asking again completes it
     */
    Rebuilt rebuild(VmId vm, Actor actor);

    /**
     * Reports what {@link #rebuild} would do, and changes nothing.
     *
     * @param vm the VM
     * @param actor an administrator
     * @return what would be done
     * @throws RefusedException as {@link #rebuild}
     */
    Rebuilt previewRebuild(VmId vm, Actor actor);

    /**
     * The result of a rebuild.
     *
     * @param tree the snapshots of the VM
     * @param added those that the store did not know before
     * @param changed whether anything was added or changed
     * @param notices what a person should know: copies and snapshots that were left out, and why
     */
    record Rebuilt(SnapshotTree tree, List<SnapshotId> added, boolean changed, List<Verdict.Notice> notices) {
        /** Copies the lists. */
        public Rebuilt {
            added = List.copyOf(added);
            notices = List.copyOf(notices);
        }
    }

    /**
     * Asks every node whether it answers, the store whether all of it can be read, and whether a store that knows no
     * snapshot stands where another one was; changes nothing. If the store knows no snapshot, VMs are inspected until one has snapshots of vmsnap, 50 at most.
     *
     * @return one finding for each node that does not answer, or that lacks what it needs, one for each VM or template
     *     whose records are damaged, and one for a store that is empty but should not be; empty if all is well
     */
    List<Finding> doctor();

    /**
     * Compares the records of a VM with its node and its storage. It changes nothing. A node that does not answer, or that
     * lacks a program, is a finding: silence is never "all is well".
     *
     * @param vm the VM
     * @return what was found; empty if all is well
     */
    List<Finding> doctor(VmId vm);

    /**
     * Returns the same snapshots for a caller who waits when a VM is busy: every verb of the view waits for another operation
     * on its VM before it fails with {@link BusyException}. Closing the view closes the engine.
     *
     * @param time how long to wait at most, instead of the engine's limit; zero for not at all
     * @return the view
     */
    VmSnapshots waiting(Duration time);

    /**
     * Lists the operations that work on VMs now, in any process that uses the same store, and those that a process left
     * open.
     *
     * @return the operations, the oldest first
     */
    List<Operation.Summary> operations();

    /**
     * Finds one of {@link #operations()}.
     *
     * @param operation its id
     * @return the operation; empty if it has ended
     */
    default Optional<Operation.Summary> operation(String operation) {
        return operations().stream().filter(one -> one.id().equals(operation)).findFirst();
    }

    /**
     * Asks an operation of any process to stop, as {@link Operation#cancel()} does. A process that works on it notices
     * within a few seconds.
     *
     * @param operation its id
     * @param actor an administrator, or who asked for the operation
     * @return false if no living process works on it: it has ended, or {@link #recover()} settles it
     * @throws RefusedException if the actor may not
     */
    boolean cancel(String operation, Actor actor);

    /** Closes the engine at once, as {@link #close(Duration)} does with no time to drain. */
    @Override
    void close();

    /**
     * Closes the engine with its drivers and its store. From now on every verb throws {@link IllegalStateException}.
     * Operations may end for some time; then they are cancelled, and get as long as a guest may be held to undo what they
     * did. One whose call has not returned by then ends with {@link RepairNeededException}, and touches nothing more once
     * the call returns. All leases are given back, so another engine can go on at once. A second call does nothing.
     *
     * @param drain how long operations may go on before they are cancelled; an interrupt ends this wait
     * @throws DriverException if a driver or the store could not be closed; everything else is closed
     */
    void close(Duration drain);
}
