package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Intent.Drift;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryDisk;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each refusal that the state of a VM gives is brought about, its remedy is carried out, and then the verb succeeds. */
final class RefusalRemediesTest {
    private static final SnapshotId FIRST = SnapshotId.of("s1");
    private static final String BASE = "/images/web-1-vda.qcow2";
    private static final String OVERLAY = "/images/overlay.qcow2";
    private static final String NEEDED = "/iso/needed.iso";
    private static final Intent CREATE = new Intent.Create(SnapshotSpec.named("next"));
    private static final Intent CREATE_WITH_RAM =
            new Intent.Create(SnapshotSpec.named("next").withRam());
    private static final Intent RESTORE = new Intent.Restore(FIRST, Drift.REFUSE);
    private static final Intent DELETE = new Intent.Delete(Set.of(FIRST), false);

    // Remedies of codes about disks, nodes and chains.
    private static final Set<Code> EXPECTED = EnumSet.of(
            Code.CHAIN_CHANGED,
            Code.IMAGE_SHARED,
            Code.STORAGE_AWAY,
            Code.NODE_UNREACHABLE,
            Code.NODE_UNSUITABLE,
            Code.IMAGE_UNUSABLE,
            Code.DIRTY_BITMAPS,
            Code.SNAPSHOT_UNAVAILABLE,
            Code.SNAPSHOT_INCOMPLETE,
            Code.SNAPSHOT_IN_TRANSITION,
            Code.CONFIGURATION_DRIFTED,
            Code.IMAGE_IN_USE,
            Code.NO_SPACE,
            Code.VM_NOT_FOUND,
            Code.VM_BUSY,
            Code.SAVED_STATE_EXISTS);

    /** A situation with one snapshot, a verb that is refused in it, and what makes the verb, or another one, succeed. */
    private record Case(
            Code code,
            String remedy,
            PowerState power,
            Intent refused,
            Consumer<Scenario> wrong,
            Consumer<Scenario> mend,
            Intent then) {
        @Override
        public String toString() {
            return refused.getClass().getSimpleName() + ", " + code + ": " + remedy;
        }
    }

    private static Stream<Case> cases() {
        return Stream.of(images(), storages(), nodes(), snapshots()).flatMap(some -> some);
    }

    private static Stream<Case> images() {
        return Stream.of(
                on(
                        RESTORE,
                        Code.CHAIN_CHANGED,
                        "Put the layers back",
                        s -> vda(s).basedOn(layer("/base")),
                        s -> vda(s).basedOn(Chain.NONE)),
                instead(
                        RESTORE,
                        Code.CHAIN_CHANGED,
                        "delete the snapshot",
                        s -> vda(s).basedOn(layer("/base")),
                        s -> {},
                        DELETE),
                on(
                        RESTORE,
                        Code.IMAGE_SHARED,
                        "out of the configuration of the other VM",
                        s -> share(s),
                        s -> s.datacenter.node("node-1").vm("web-2").detach("vda")),
                on(
                        CREATE,
                        Code.IMAGE_UNUSABLE,
                        "--base \"" + BASE + "\" --active --pivot' while the VM runs",
                        RefusalRemediesTest::overlay,
                        s -> s.guest.with(disk(BASE))),
                on(CREATE, Code.IMAGE_UNUSABLE, "Repair it", s -> vda(s).corrupt(true), s -> vda(s).corrupt(false)),
                on(
                        CREATE,
                        Code.IMAGE_IN_USE,
                        "End what else uses it",
                        s -> vda(s).openElsewhere(true),
                        s -> vda(s).openElsewhere(false)),
                on(RESTORE, Code.DIRTY_BITMAPS, "Remove them", s -> vda(s).bitmaps("b1"), s -> vda(s).bitmaps()),
                instead(
                        RESTORE,
                        Code.DIRTY_BITMAPS,
                        "Remove them",
                        s -> vda(s).bitmaps("b1"),
                        s -> {},
                        new Intent.Restore(FIRST, Intent.RestoreOptions.ORDINARY.droppingBitmaps())));
    }

    private static Stream<Case> storages() {
        return Stream.concat(
                Stream.of(CREATE, RESTORE, DELETE)
                        .flatMap(verb -> Stream.of(
                                on(
                                        verb,
                                        Code.STORAGE_AWAY,
                                        "Bring it back",
                                        s -> s.datacenter.inImage().away(true),
                                        s -> s.datacenter.inImage().away(false)),
                                on(
                                        verb,
                                        Code.IMAGE_UNUSABLE,
                                        "Install the tool",
                                        s -> failing(s, Optional.of(Reason.TOOL_MISSING)),
                                        s -> failing(s, Optional.empty())))),
                Stream.of(
                        on(
                                CREATE,
                                Code.NO_SPACE,
                                "",
                                s -> s.datacenter.inImage().leaveFree(0),
                                s -> s.datacenter.inImage().leaveFree(1L << 30)),
                        instead(
                                DELETE,
                                Code.STORAGE_AWAY,
                                "Bring it back",
                                s -> s.datacenter.inImage().away(true),
                                s -> {},
                                new Intent.Delete(Set.of(FIRST), false, Intent.Unreachable.LEAVE))));
    }

    private static Stream<Case> nodes() {
        return Stream.of(
                on(
                        CREATE,
                        Code.NODE_UNREACHABLE,
                        "Bring those nodes back",
                        s -> s.datacenter.node("node-1").disconnect(),
                        s -> s.datacenter.node("node-1").reconnect()),
                on(
                        DELETE,
                        Code.NODE_UNREACHABLE,
                        "Install what is missing",
                        s -> s.datacenter.node("node-1").disconnect(Reason.TOOL_MISSING),
                        s -> s.datacenter.node("node-1").reconnect()),
                running(
                        RESTORE,
                        Code.NODE_UNSUITABLE,
                        "Mend that on node node-1",
                        s -> s.datacenter.node("node-1").without(NEEDED),
                        s -> s.datacenter.node("node-1").with(NEEDED)),
                running(
                        CREATE_WITH_RAM,
                        Code.NODE_UNSUITABLE,
                        "Mend that on node node-1",
                        s -> s.datacenter.node("node-1").without(NEEDED),
                        s -> s.datacenter.node("node-1").with(NEEDED)),
                running(CREATE, Code.VM_BUSY, "", s -> s.guest.job("migration"), s -> s.guest.job("")),
                running(
                        CREATE,
                        Code.SAVED_STATE_EXISTS,
                        "",
                        s -> s.guest.saveState(),
                        s -> s.guest.power(PowerState.RUNNING)),
                on(
                        CREATE,
                        Code.VM_NOT_FOUND,
                        "moved to a node that this engine does not know",
                        s -> s.datacenter
                                .node("node-9")
                                .add(s.datacenter.node("node-1").remove("web-1")),
                        s -> s.snapshots = s.engine(b -> b.node("node-9", s.datacenter.node("node-9")))));
    }

    private static Stream<Case> snapshots() {
        return Stream.of(
                instead(RESTORE, Code.SNAPSHOT_INCOMPLETE, "Delete", s -> lose(s), s -> {}, DELETE),
                instead(
                        RESTORE,
                        Code.SNAPSHOT_UNAVAILABLE,
                        "Delete it",
                        RefusalRemediesTest::recordLost,
                        s -> {},
                        DELETE),
                on(
                        RESTORE,
                        Code.SNAPSHOT_UNAVAILABLE,
                        "",
                        RefusalRemediesTest::recordLost,
                        s -> vda(s).addBehindOurBack(ImageInfo.tag(FIRST))),
                on(
                        RESTORE,
                        Code.SNAPSHOT_IN_TRANSITION,
                        "recover() finishes it",
                        RefusalRemediesTest::dieInARestore,
                        s -> assertThat(s.snapshots.recover().clean()).isTrue()),
                on(
                        RESTORE,
                        Code.CONFIGURATION_DRIFTED,
                        "Attach that disk again",
                        s -> s.guest.detach("vdb"),
                        s -> s.guest.withFile("vdb")),
                instead(
                        RESTORE,
                        Code.CONFIGURATION_DRIFTED,
                        "keep the present configuration",
                        s -> s.guest.detach("vdb"),
                        s -> {},
                        new Intent.Restore(FIRST, Drift.KEEP_CONFIGURATION)));
    }

    private static Case on(
            Intent refused, Code code, String remedy, Consumer<Scenario> wrong, Consumer<Scenario> mend) {
        return instead(refused, code, remedy, wrong, mend, refused);
    }

    private static Case instead(
            Intent refused, Code code, String remedy, Consumer<Scenario> wrong, Consumer<Scenario> mend, Intent then) {
        return new Case(code, remedy, PowerState.OFF, refused, wrong, mend, then);
    }

    private static Case running(
            Intent refused, Code code, String remedy, Consumer<Scenario> wrong, Consumer<Scenario> mend) {
        return new Case(code, remedy, PowerState.RUNNING, refused, wrong, mend, refused);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theRemedyOfARefusalMakesTheVerbSucceed(Case one) {
        Scenario scenario = Scenario.of(Disks.FILES, one.power());
        scenario.guest.configure("needs=" + NEEDED);
        scenario.create("first");
        assertThat(refusals(scenario, one.refused())).as("before").isEmpty();

        one.wrong().accept(scenario);

        assertThat(refusals(scenario, one.refused()))
                .as("the refusal")
                .isNotEmpty()
                .allMatch(refusal -> refusal.code() == one.code())
                .anyMatch(refusal -> refusal.remedy().contains(one.remedy()));

        one.mend().accept(scenario);

        assertThat(refusals(scenario, one.then())).as("after the remedy").isEmpty();
        perform(scenario, one.then());
    }

    @Test
    void everyCodeThatAStateCanGiveHasARemedyThatIsTried() {
        assertThat(cases().map(Case::code).collect(Collectors.toSet())).isEqualTo(EXPECTED);
    }

    @Test
    void whereTheLimitIsReachedASnapshotMakesRoom() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
        scenario.create("first");
        scenario.snapshots.configure(scenario.vm, SettingsChoice.open().limit(1), ADMIN);
        assertThat(refusals(scenario, CREATE)).extracting(Refusal::code).containsExactly(Code.LIMIT_REACHED);

        scenario.snapshots.delete(scenario.vm, FIRST, ADMIN).await();

        assertThat(refusals(scenario, CREATE)).isEmpty();
    }

    private static List<Refusal> refusals(Scenario scenario, Intent intent) {
        return scenario.snapshots.check(scenario.vm, intent, ADMIN).refusals();
    }

    private static void perform(Scenario scenario, Intent intent) {
        if (intent instanceof Intent.Create create) {
            scenario.snapshots.create(scenario.vm, create.spec(), ADMIN).await();
        } else if (intent instanceof Intent.Restore restore) {
            scenario.restore(restore.snapshot(), restore.options());
        } else if (intent instanceof Intent.Delete delete) {
            scenario.snapshots.delete(scenario.vm, delete, ADMIN).await();
        } else {
            throw new IllegalArgumentException("nobody performs " + intent);
        }
    }

    private static InMemoryDisk vda(Scenario scenario) {
        return scenario.datacenter.disk(BASE);
    }

    private static VmDescription.Disk disk(String source) {
        return new VmDescription.Disk(
                "vda",
                VmDescription.Device.DISK,
                VmDescription.SourceType.FILE,
                Optional.of(source),
                Optional.of("qcow2"));
    }

    private static Chain layer(String path) {
        return new Chain(List.of(new Chain.Layer(path, "qcow2", 1 << 30, "1.1")));
    }

    private static void failing(Scenario scenario, Optional<Reason> reason) {
        List.of("vda", "vdb").forEach(target -> scenario.guest.disk(target).failing(reason));
    }

    private static void share(Scenario scenario) {
        scenario.datacenter.node("node-1").withVm("web-2").with(disk(BASE)).power(PowerState.OFF);
    }

    private static void overlay(Scenario scenario) {
        scenario.guest.with(disk(OVERLAY));
        scenario.guest.disk("vda").basedOn(layer(BASE));
    }

    private static void lose(Scenario scenario) {
        vda(scenario).removeBehindOurBack(FIRST);
    }

    private static void recordLost(Scenario scenario) {
        lose(scenario);
        assertThatThrownBy(() -> scenario.restore(FIRST)).isInstanceOf(SnapshotException.class);
        Snapshot other = scenario.create("other");
        scenario.snapshots.delete(scenario.vm, other.id(), ADMIN).await();
    }

    private static void dieInARestore(Scenario scenario) {
        scenario.datacenter.faults().crashOn(Point.STORAGE_RESTORE).onCall(1);
        assertThatThrownBy(() -> scenario.restore(FIRST)).isInstanceOf(SimulatedCrash.class);
        scenario.datacenter.reboot();
        scenario.datacenter.advance(Duration.ofMinutes(5));
        scenario.snapshots = scenario.engine(b -> b);
    }
}
