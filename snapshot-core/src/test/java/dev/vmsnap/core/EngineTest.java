package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.testkit.InMemoryDisk;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host sees of each verb. */
final class EngineTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);

    @Test
    void aRestoreWithRamBringsRamAndDisksBack() {
        scenario.guest.remember("counter 7");
        Snapshot before = scenario.createWithRam("before");
        scenario.guest.remember("counter 9");
        scenario.guest.write("vda", "broken");

        scenario.restore(before.id());

        assertThat(scenario.guest.ram()).isEqualTo("counter 7");
        assertThat(scenario.disk()).isEqualTo("v0");
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(scenario.tree().current()).contains(before.id());
    }

    @Test
    void onAMixedVmRamFromBesideAndAllDisksComeBackTogetherAsOftenAsOneLikes() {
        Scenario mixed = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        Snapshot first = mixed.stamped("1").createWithRam("1");
        Snapshot second = mixed.stamped("2").createWithRam("2");
        Snapshot third = mixed.stamped("3").create("3");
        mixed.stamped("4");

        for (Snapshot goal : List.of(second, first, third, first, second)) {
            int boots = mixed.guest.boots();
            mixed.restore(goal.id());

            String stamp = goal.name();
            assertThat(List.of(mixed.guest.read("vda"), mixed.guest.read("vdb"), mixed.guest.read("vdc")))
                    .containsOnly(stamp);
            assertThat(mixed.guest.ram()).isEqualTo(goal.ram() ? stamp : "");
            assertThat(mixed.guest.boots()).isEqualTo(goal.ram() ? boots : boots + 1);
            assertThat(mixed.guest.power()).isEqualTo(PowerState.RUNNING);
            mixed.stamped("5");
        }
        assertThat(mixed.tree().size()).isEqualTo(3);
        mixed.deleteAll();
        mixed.datacenter.assertNoLeftovers();
    }

    @Test
    void aPausedMixedVmIsPausedAgainAfterARestoreWithRam() {
        Scenario mixed = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        mixed.guest.remember("before");
        mixed.guest.power(PowerState.PAUSED);
        Snapshot snapshot = mixed.createWithRam("paused");
        mixed.guest.power(PowerState.OFF);

        mixed.restore(snapshot.id());

        assertThat(mixed.guest.power()).isEqualTo(PowerState.PAUSED);
        assertThat(mixed.guest.ram()).isEqualTo("before");
        mixed.datacenter.assertNoLeftovers();
    }

    @Test
    void aRestoreWithoutRamBootsAVmThatWasRunning() {
        Snapshot before = scenario.create("before");
        int boots = scenario.guest.boots();
        scenario.guest.write("vda", "broken");

        scenario.restore(before.id());

        assertThat(scenario.disk()).isEqualTo("v0");
        assertThat(scenario.guest.boots()).isEqualTo(boots + 1);
    }

    @Test
    void aSnapshotAfterARestoreBeginsABranchAndNoSnapshotIsLost() {
        Snapshot root = scenario.create("root");
        Snapshot first = scenario.create("first");
        scenario.restore(root.id());
        Snapshot second = scenario.create("second");

        assertThat(scenario.tree().childrenOf(root.id()))
                .extracting(Snapshot::id)
                .containsExactly(first.id(), second.id());
        assertThat(scenario.tree().current()).contains(second.id());
    }

    @Test
    void theReceiptSaysWhatWasReached() {
        assertThat(scenario.create("crash").receipt().orElseThrow().consistency())
                .isEqualTo(Snapshot.Consistency.CRASH);
        assertThat(scenario.createQuiesced("quiet").receipt().orElseThrow().consistency())
                .isEqualTo(Snapshot.Consistency.QUIESCED);
        Snapshot.Receipt ram = scenario.createWithRam("ram").receipt().orElseThrow();
        assertThat(ram.consistency()).isEqualTo(Snapshot.Consistency.RAM);
        assertThat(ram.ramBytes()).isPositive();
    }

    @Test
    void theDefaultNameIsDateAndTimeOfCreation() {
        Snapshot snapshot = scenario.create("");

        assertThat(snapshot.name()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d");
    }

    @Test
    void nameAndCommentCanBeEditedLaterAndTheManifestFollows() {
        Snapshot snapshot = scenario.create("old");

        scenario.snapshots.edit(scenario.vm, snapshot.id(), "new", "why", ADMIN);

        assertThat(scenario.tree().find(snapshot.id())).hasValueSatisfying(s -> {
            assertThat(s.name()).isEqualTo("new");
            assertThat(s.comment()).isEqualTo("why");
        });
        assertThat(scenario.datacenter
                        .inImage()
                        .published(scenario.vm)
                        .get(0)
                        .record()
                        .tree()
                        .find(snapshot.id())
                        .orElseThrow()
                        .name())
                .isEqualTo("new");
    }

    @Test
    void theLimitStopsTheNextOneAndLoweringItDeletesNothing() {
        scenario.snapshots.configure(scenario.vm, SettingsChoice.open().limit(2), ADMIN);
        scenario.create("1");
        scenario.create("2");
        assertThat(codes(() -> scenario.create("3"))).containsExactly(Code.LIMIT_REACHED);

        scenario.snapshots.configure(scenario.vm, SettingsChoice.open().limit(1), ADMIN);

        assertThat(scenario.tree().size()).isEqualTo(2);
    }

    @Test
    void deletingWhatIsGoneIsSuccess() {
        Snapshot snapshot = scenario.create("once");
        scenario.snapshots.delete(scenario.vm, snapshot.id(), ADMIN).await();

        assertThat(scenario.snapshots
                        .delete(scenario.vm, snapshot.id(), ADMIN)
                        .await()
                        .isEmpty())
                .isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aSubtreeGoesWithItsChildren() {
        Snapshot root = scenario.create("root");
        Snapshot child = scenario.create("child");
        scenario.create("grandchild");

        scenario.snapshots.delete(scenario.vm, List.of(child.id()), true, ADMIN).await();

        assertThat(scenario.tree().snapshots()).extracting(Snapshot::id).containsExactly(root.id());
        assertThat(scenario.tree().current()).contains(root.id());
    }

    @Test
    void anUnknownVmIsRefused() {
        assertThat(codes(() -> scenario.snapshots.create(VmId.of("nobody"), SnapshotSpec.unnamed(), ADMIN)))
                .containsExactly(Code.VM_NOT_FOUND);
    }

    @Test
    void aVmThatVanishedKeepsItsRecordUntilTheHostSaysThatItIsDeleted() {
        scenario.create("kept");
        scenario.datacenter.node("node-1").remove("web-1");

        assertThat(scenario.snapshots.doctor(scenario.vm))
                .extracting(Finding::kind)
                .containsExactly(Finding.Kind.VM_GONE);
        assertThat(scenario.snapshots.vms())
                .filteredOn(v -> v.vm().equals(scenario.vm))
                .singleElement()
                .satisfies(v -> assertThat(v.node()).isEmpty())
                .satisfies(v -> assertThat(v.hasSnapshots()).isTrue());

        scenario.snapshots.vmDeleted(scenario.vm, ADMIN).await();

        assertThat(scenario.snapshots.trees()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aNodeThatIsAwayForgetsNothing() {
        Snapshot kept = scenario.create("kept");
        scenario.datacenter.node("node-1").disconnect();

        assertThat(codes(() -> scenario.snapshots.delete(scenario.vm, kept.id(), ADMIN)))
                .containsExactly(Code.NODE_UNREACHABLE);
        assertThatThrownBy(
                        () -> scenario.snapshots.vmDeleted(scenario.vm, ADMIN).await())
                .isInstanceOf(SnapshotException.class);
        assertThat(scenario.tree().snapshots()).isNotEmpty();

        scenario.datacenter.node("node-1").reconnect();
        scenario.snapshots.recover();
        scenario.snapshots.vmDeleted(scenario.vm, ADMIN).await();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmOfANodeThatTheHostNoLongerHasCanBeForgotten() {
        scenario.create("unreachable for ever");
        VmSnapshots without = SnapshotEngine.builder()
                .node("node-2", scenario.datacenter.node("node-2"))
                .storage(scenario.datacenter.inImage())
                .store(scenario.datacenter.store())
                .build();

        without.vmDeleted(scenario.vm, ADMIN).await();

        assertThat(without.trees()).isEmpty();
    }

    @Test
    void aRenamedVmKeepsItsSnapshots() {
        scenario.create("one");
        scenario.guest.rename("web-1-renamed");
        scenario.create("two");

        assertThat(scenario.tree().size()).isEqualTo(2);
        assertThat(scenario.snapshots.vms()).extracting(VmOverview::name).contains("web-1-renamed");
    }

    @Test
    void aSnapshotRemovedBehindOurBackIsRefusedBeforeTheVmIsStopped() {
        Snapshot snapshot = scenario.create("removed");
        scenario.guest.disk("vdb").removeBehindOurBack(snapshot.id());
        int boots = scenario.guest.boots();

        assertThat(codes(() -> scenario.restore(snapshot.id()))).contains(Code.SNAPSHOT_INCOMPLETE);

        assertThat(scenario.guest.boots()).isEqualTo(boots);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().reason()).contains(Snapshot.Reason.MISSING);
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void doctorNamesWhatIsMissingForeignAndOrphaned() {
        Snapshot snapshot = scenario.create("removed");
        scenario.guest.disk("vda").removeBehindOurBack(snapshot.id());
        scenario.guest.disk("vda").addBehindOurBack("made by hand");
        scenario.guest.disk("vdb").addBehindOurBack("vmsnap-sother");

        assertThat(scenario.snapshots.doctor(scenario.vm))
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Finding.Kind.PART_MISSING, Finding.Kind.FOREIGN, Finding.Kind.ORPHAN);
        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void driftIsRefusedWithWhatDiffersAndAcceptedWhenAsked() {
        Snapshot snapshot = scenario.create("before");
        scenario.guest.configure("memory 128");

        assertThat(codes(() -> scenario.restore(snapshot.id()))).containsExactly(Code.CONFIGURATION_DRIFTED);

        scenario.snapshots
                .restore(scenario.vm, snapshot.id(), Intent.Drift.RESTORE_CONFIGURATION, ADMIN)
                .await();
        assertThat(codesOf(scenario.snapshots.check(
                        scenario.vm, new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN)))
                .isEmpty();
    }

    @Test
    void aDiskThatWasDetachedStaysAsItIsWhenTheOthersAreBroughtBack() {
        scenario.stamped("then");
        Snapshot snapshot = scenario.create("both");
        scenario.stamped("now");
        InMemoryDisk detached = scenario.guest.disk("vdb");
        scenario.detach("vdb");

        assertThat(codes(() -> scenario.restore(snapshot.id()))).containsOnly(Code.CONFIGURATION_DRIFTED);
        scenario.restoreRemaining(snapshot.id());

        assertThat(scenario.guest.disk("vda").content()).isEqualTo("then");
        assertThat(detached.content()).isEqualTo("now");
        assertThat(scenario.tree().current()).contains(snapshot.id());
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aPlanNamesStepsBytesPauseAndPointOfNoReturnAndTouchesNothing() {
        Snapshot snapshot = scenario.create("before");
        int calls = scenario.tree().size();

        Plan create = scenario.snapshots.plan(
                scenario.vm, new Intent.Create(SnapshotSpec.unnamed().withRam()), ADMIN);
        Plan restore =
                scenario.snapshots.plan(scenario.vm, new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN);

        assertThat(create.pause()).isEqualTo(Plan.Pause.WHOLE_RAM);
        assertThat(create.bytesNeeded().values().stream().mapToLong(b -> b).sum())
                .isGreaterThan(64L << 20);
        assertThat(create.steps()).extracting(Plan.Step::label).contains("save RAM and snapshot the disks");
        assertThat(restore.pause()).isEqualTo(Plan.Pause.RESTART);
        assertThat(restore.pointOfNoReturn()).hasValue(2);
        assertThat(scenario.tree().size()).isEqualTo(calls);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aRefusedIntentHasAPlanWithoutSteps() {
        Plan plan = scenario.snapshots.plan(scenario.vm, new Intent.Create(SnapshotSpec.named("\0")), ADMIN);

        assertThat(plan.verdict().allowed()).isFalse();
        assertThat(plan.steps()).isEmpty();
    }

    @Test
    void eventsTellWhoDidWhatAndAListenerThatThrowsChangesNothing() {
        List<SnapshotEvent> events = new ArrayList<>();
        scenario.snapshots = scenario.engine(b -> b.events(e -> {
            events.add(e);
            throw new IllegalStateException("a listener's own trouble");
        }));

        scenario.create("seen");
        codes(() -> scenario.snapshots.create(scenario.vm, SnapshotSpec.named("\n"), ADMIN));

        assertThat(events).allSatisfy(e -> assertThat(e.actor()).isEqualTo(ADMIN));
        assertThat(events.stream().map(SnapshotEvent::phase).distinct())
                .containsExactly(Phase.STARTED, Phase.STEP, Phase.FINISHED, Phase.REFUSED);
    }

    @Test
    void runningOutOfSpaceLeavesAnUnavailableSnapshotThatCanOnlyBeDeleted() {
        scenario.datacenter.inImage().leaveFree(8L << 20);

        assertThatThrownBy(() -> scenario.createWithRam("too big"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.NO_SPACE));

        Snapshot left = scenario.tree().snapshots().get(0);
        assertThat(left.reason()).contains(Snapshot.Reason.NO_SPACE);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(scenario.tree().current()).isEmpty();
        assertThat(codes(() -> scenario.restore(left.id()))).containsExactly(Code.SNAPSHOT_UNAVAILABLE);
        scenario.datacenter.inImage().leaveFree(0);
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void requiredHeadroomRefusesWhatMayNotFit() {
        scenario.datacenter.inImage().leaveFree(70L << 20);
        scenario.snapshots = scenario.engine(b -> b.requireHeadroom(1L << 20));

        assertThat(codes(() -> scenario.createWithRam("too big"))).containsExactly(Code.NO_SPACE);
        assertThat(scenario.tree().isEmpty()).isTrue();
    }

    @Test
    void anEngineNeedsANodeAStorageAndAStore() {
        assertThatIllegalStateException()
                .isThrownBy(() -> SnapshotEngine.builder().build())
                .withMessageContaining("no store");
    }

    @Test
    void aDriverThatCannotBeOpenedIsNamed(@TempDir Path directory) throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(DriverProvider.class.getName()), BrokenDriver.class.getName());
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> SnapshotEngine.builder().discoverDrivers(loader, Map.of()))
                    .withMessageContaining(BrokenDriver.class.getName());
        }
    }

    /** What a jar with a fault registers. */
    public static final class BrokenDriver implements DriverProvider {
        @Override
        public String id() {
            return "broken";
        }

        @Override
        public StorageDriver open(Map<String, String> settings) {
            throw new IllegalArgumentException("a setting is wrong");
        }
    }

    private List<Code> codes(ThrowingCallable call) {
        List<Code> codes = new ArrayList<>();
        assertThatThrownBy(call).isInstanceOfSatisfying(RefusedException.class, e -> e.refusals().stream()
                .map(Refusal::code)
                .forEach(codes::add));
        return codes;
    }

    private static List<Code> codesOf(Verdict verdict) {
        return verdict.refusals().stream().map(Refusal::code).toList();
    }

    @Test
    void idsComeFromTheHostAndNamesNeverReachStorage() {
        Snapshot snapshot = scenario.create("../../x; $(reboot) ]]> &xxe;");

        assertThat(snapshot.id()).isEqualTo(SnapshotId.of("s1"));
        assertThat(scenario.guest.disk("vda").snapshots()).containsExactly("vmsnap-s1");
    }
}
