package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Certificate;
import dev.vmsnap.Certificate.Hazard;
import dev.vmsnap.Certificate.Outcome;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Intent.PowerAfter;
import dev.vmsnap.Intent.RestoreOptions;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the certificate's line for each hazard of going back in time, and the power state that a restore leaves. */
final class CertificateTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);

    @Test
    void aBootedGuestHasANewGenerationIdAndNothingIsLeftToDo() {
        scenario.guest.reversion().withGenerationId();
        Snapshot snapshot = scenario.create("before");

        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY).certificate();

        assertThat(scenario.guest.reversion().generation()).isEqualTo(1);
        assertThat(certificate.snapshot()).isEqualTo(snapshot.id());
        assertThat(certificate.power()).isEqualTo(PowerState.RUNNING);
        assertThat(certificate.downtime())
                .hasValueSatisfying(time -> assertThat(time).isPositive());
        assertThat(certificate.line(Hazard.GENERATION_ID).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.couldNot()).isEmpty();
    }

    @Test
    void aVmThatStaysOffHasANewGenerationIdToo() {
        Scenario off = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.OFF);
        off.guest.reversion().withGenerationId();
        Snapshot snapshot = off.create("before");

        Certificate certificate =
                off.restore(snapshot.id(), RestoreOptions.ORDINARY).certificate();

        assertThat(off.guest.reversion().generation()).isEqualTo(1);
        assertThat(certificate.power()).isEqualTo(PowerState.OFF);
        assertThat(certificate.downtime()).contains(Duration.ZERO);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aConfigurationThatComesBackWithoutAGenerationIdNeedsNone(boolean ram) {
        Snapshot snapshot = ram ? scenario.createWithRam("before") : scenario.create("before");

        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY.drift(Intent.Drift.RESTORE_CONFIGURATION))
                .certificate();

        assertThat(certificate.line(Hazard.GENERATION_ID).outcome()).isEqualTo(Outcome.NOT_NEEDED);
    }

    @Test
    void aGuestWhoseRamCameBackHasTheTimeOfNowAndItsSecretsOfThen() {
        scenario.guest.reversion().withGenerationId();
        scenario.guest.configure("note=alice");
        Snapshot snapshot = scenario.createWithRam("before");
        scenario.guest.configure("note=bob");

        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY).certificate();

        assertThat(scenario.guest.reversion().isClockRight()).isTrue();
        assertThat(scenario.guest.reversion().generation()).isEqualTo(1);
        assertThat(certificate.line(Hazard.CLOCK).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.line(Hazard.GENERATION_ID).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.line(Hazard.METADATA).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.couldNot()).extracting(Certificate.Line::hazard).containsExactly(Hazard.SECRETS);
    }

    @Test
    void theMetadataOfARunningGuestStaysWhenItsRamComesBackFromBesideTheDisks() {
        Scenario beside = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
        beside.guest.configure("note=alice");
        Snapshot snapshot = beside.createWithRam("before");
        beside.guest.configure("note=bob");

        beside.restore(snapshot.id());

        assertThat(beside.guest.note()).isEqualTo("bob");
    }

    @Test
    void aClockThatNobodyCanSetIsSaidBeforehandAndAfterwards() {
        Snapshot snapshot = scenario.createWithRam("before");
        scenario.guest.agent(false);
        List<SnapshotEvent> events = new ArrayList<>();
        scenario.snapshots = scenario.engine(b -> b.events(events::add));

        assertThat(notices(snapshot, RestoreOptions.ORDINARY)).contains(Notice.Code.CLOCK_STAYS_BEHIND);
        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY).certificate();

        assertThat(certificate.line(Hazard.CLOCK).outcome()).isEqualTo(Outcome.COULD_NOT);
        assertThat(certificate.line(Hazard.CLOCK).why()).contains("no guest agent");
        assertThat(events)
                .filteredOn(event -> event.phase() == Phase.FINISHED)
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).contains("could not: CLOCK", "no guest agent"));
    }

    @Test
    void aGenerationIdThatCannotBeRenewedFailsNoRestore() {
        scenario.guest.reversion().withGenerationId();
        Snapshot snapshot = scenario.create("before");
        scenario.guest.write("vda", "after");
        scenario.datacenter.faults().failOn(Point.GENERATION_ID_RENEW).with(Reason.BROKEN);

        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY).certificate();

        assertThat(scenario.disk()).isEqualTo("v0");
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(certificate.couldNot()).extracting(Certificate.Line::hazard).containsExactly(Hazard.GENERATION_ID);
    }

    @Test
    void aVmCanBeLeftOffAndThenItsRamIsNotLoaded() {
        Snapshot snapshot = scenario.createWithRam("before");
        scenario.guest.write("vda", "after");
        RestoreOptions off = RestoreOptions.ORDINARY.power(PowerAfter.OFF);

        assertThat(notices(snapshot, off)).contains(Notice.Code.RAM_NOT_LOADED);
        Certificate certificate = restored(snapshot, off).certificate();

        assertThat(scenario.guest.power()).isEqualTo(PowerState.OFF);
        assertThat(scenario.disk()).isEqualTo("v0");
        assertThat(certificate.power()).isEqualTo(PowerState.OFF);
        assertThat(certificate.line(Hazard.SECRETS).outcome()).isEqualTo(Outcome.NOT_NEEDED);
    }

    @Test
    void aVmCanBeLeftHeldWithAndWithoutRamAndWhenItWasOff() {
        Snapshot ram = scenario.createWithRam("RAM");
        Snapshot disks = scenario.create("disks");
        RestoreOptions held = RestoreOptions.ORDINARY.power(PowerAfter.PAUSED);

        assertThat(restored(disks, held).certificate().power()).isEqualTo(PowerState.PAUSED);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.PAUSED);
        scenario.guest.power(PowerState.OFF);
        assertThat(restored(disks, held).certificate().power()).isEqualTo(PowerState.PAUSED);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.PAUSED);
        Certificate certificate = restored(ram, held).certificate();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.PAUSED);
        assertThat(certificate.line(Hazard.CLOCK).outcome()).isEqualTo(Outcome.COULD_NOT);
    }

    @Test
    void bitmapsAreDroppedOnlyWhenThatIsAllowed() {
        Snapshot snapshot = scenario.create("before");
        scenario.guest.disk("vda").bitmaps("backup-1", "backup-2");
        scenario.guest.reversion().checkpoints("backup-1", "backup-2");
        scenario.guest.write("vda", "after");

        assertThatThrownBy(() -> restored(snapshot, RestoreOptions.ORDINARY))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(Refusal::code)
                        .containsExactly(Refusal.Code.DIRTY_BITMAPS));
        assertThat(notices(snapshot, RestoreOptions.ORDINARY.droppingBitmaps()))
                .contains(Notice.Code.BITMAPS_DROPPED)
                .doesNotContain(Notice.Code.DIRTY_BITMAPS);
        Certificate certificate =
                restored(snapshot, RestoreOptions.ORDINARY.droppingBitmaps()).certificate();

        assertThat(scenario.disk()).isEqualTo("v0");
        assertThat(scenario.guest.reversion().checkpoints()).isEmpty();
        assertThat(certificate.line(Hazard.BITMAPS).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.line(Hazard.BITMAPS).why()).contains("next backup must be a full one");
        assertThat(certificate.line(Hazard.CHECKPOINTS).outcome()).isEqualTo(Outcome.DONE);
        assertThat(scenario.snapshots
                        .check(scenario.vm, new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN)
                        .allowed())
                .isTrue();
    }

    @Test
    void bitmapsOfADiskThatTheVmHasNoMoreStay() {
        Snapshot snapshot = scenario.create("before");
        scenario.guest.disk("vda").bitmaps("backup-1");
        scenario.guest.disk("vdb").bitmaps("backup-1");
        scenario.guest.detach("vdb");

        restored(
                snapshot,
                RestoreOptions.ORDINARY.drift(Intent.Drift.KEEP_CONFIGURATION).droppingBitmaps());

        scenario.guest.withFile("vdb");
        assertThat(scenario.snapshots
                        .check(scenario.vm, new Intent.Restore(snapshot.id(), RestoreOptions.ORDINARY), ADMIN)
                        .refusals())
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.DIRTY_BITMAPS))
                .satisfies(refusal -> assertThat(refusal.message()).contains("vdb"));
    }

    @Test
    void bitmapsOnStorageThatCannotDropThemAreRefusedAllTheSame() {
        Scenario beside = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.OFF);
        Snapshot snapshot = beside.create("before");
        beside.guest.disk("vdc").bitmaps("backup-1");

        assertThat(beside.snapshots
                        .check(
                                beside.vm,
                                new Intent.Restore(snapshot.id(), RestoreOptions.ORDINARY.droppingBitmaps()),
                                ADMIN)
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.DIRTY_BITMAPS);
    }

    @Test
    void firmwareAndATpmEachHaveTheirLine() {
        scenario.guest.machineState(Map.of("nvram", "djE=", "tpm/state", "djE="));
        Snapshot snapshot = scenario.create("before");

        Certificate certificate = restored(snapshot, RestoreOptions.ORDINARY).certificate();

        assertThat(certificate.line(Hazard.FIRMWARE).outcome()).isEqualTo(Outcome.DONE);
        assertThat(certificate.line(Hazard.TPM).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void aRecoveryEndsInTheChosenPowerStateAndReportsTheCertificate() {
        scenario.guest.reversion().withGenerationId();
        Snapshot snapshot = scenario.create("before");
        scenario.datacenter
                .faults()
                .crashOn(Point.GENERATION_ID_RENEW)
                .at(Moment.AFTER)
                .onCall(1);
        assertThatThrownBy(() -> restored(snapshot, RestoreOptions.ORDINARY.power(PowerAfter.PAUSED)))
                .isInstanceOf(SimulatedCrash.class);
        scenario.datacenter.reboot();
        scenario.datacenter.advance(Duration.ofMinutes(5));
        scenario.snapshots = scenario.engine(b -> b);

        assertThat(scenario.snapshots.recover().recovered()).singleElement().satisfies(end -> assertThat(end.detail())
                .contains("done: GENERATION_ID"));
        assertThat(scenario.guest.power()).isEqualTo(PowerState.PAUSED);
    }

    @Test
    void aCertificateThatPassesOverAHazardCannotBeMade() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Certificate(
                        Trial.FIRST,
                        PowerState.OFF,
                        Optional.empty(),
                        List.of(new Certificate.Line(Hazard.CLOCK, Outcome.DONE, "set"))));
    }

    private Restored restored(Snapshot snapshot, RestoreOptions options) {
        return scenario.restore(snapshot.id(), options);
    }

    private List<Notice.Code> notices(Snapshot snapshot, RestoreOptions options) {
        return scenario
                .snapshots
                .check(scenario.vm, new Intent.Restore(snapshot.id(), options), ADMIN)
                .notices()
                .stream()
                .map(Notice::code)
                .toList();
    }
}
