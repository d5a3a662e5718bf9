package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What settings and templates decide, and who may change them. */
final class SettingsTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);

    @Test
    void settingsComeFromTheVmThenItsTemplateThenTheDefault() {
        VmId other = scenario.datacenter
                .node("node-1")
                .withVm("web-2")
                .withFile("vda")
                .id();
        scenario.snapshots.saveTemplate(
                new SettingsTemplate("small", SettingsChoice.open().limit(1).allowUsers(true)), ADMIN);
        scenario.snapshots.assign(other, "small", ADMIN);
        scenario.snapshots.configure(other, SettingsChoice.open().allowUsers(false), ADMIN);

        SnapshotSettings.Explanation why = scenario.snapshots.settings(other);

        assertThat(why.settings()).isEqualTo(new SnapshotSettings(false, 1, false));
        assertThat(why.allowUsers()).isEqualTo(SnapshotSettings.Level.VM);
        assertThat(why.limit()).isEqualTo(SnapshotSettings.Level.TEMPLATE);
        assertThat(why.allowRam()).isEqualTo(SnapshotSettings.Level.DEFAULT);
    }

    @Test
    void aUserIsRefusedUntilTheSettingsAllowIt() {
        Actor user = Actor.user("ulf");
        ThrowingCallable create = () -> scenario.snapshots.create(scenario.vm, SnapshotSpec.unnamed(), user);
        assertThat(codes(create)).containsExactly(Code.USERS_NOT_ALLOWED);

        scenario.snapshots.configure(
                scenario.vm, SettingsChoice.open().allowUsers(true).limit(5), ADMIN);

        assertThat(scenario.snapshots
                        .create(scenario.vm, SnapshotSpec.unnamed(), user)
                        .await()
                        .createdBy())
                .isEqualTo(user);
        assertThat(codes(() -> scenario.snapshots.configure(scenario.vm, SettingsChoice.open(), user)))
                .containsExactly(Code.ADMINISTRATOR_ONLY);
    }

    @Test
    void anUnknownTemplateIsRefused() {
        assertThat(codes(() -> scenario.snapshots.assign(scenario.vm, "none", ADMIN)))
                .containsExactly(Code.TEMPLATE_NOT_FOUND);
    }

    @Test
    void aTemplateIsRemovedWhenItsVmsAreUnassigned() {
        scenario.snapshots.saveTemplate(
                new SettingsTemplate("small", SettingsChoice.open().limit(1)), ADMIN);
        scenario.snapshots.assign(scenario.vm, "small", ADMIN);
        assertThat(codes(() -> scenario.snapshots.removeTemplate("small", ADMIN)))
                .containsExactly(Code.TEMPLATE_IN_USE);

        assertThat(scenario.snapshots.unassign(scenario.vm, ADMIN).limit())
                .isNotEqualTo(SnapshotSettings.Level.TEMPLATE);
        scenario.snapshots.removeTemplate("small", ADMIN);
        scenario.snapshots.removeTemplate("small", ADMIN);

        assertThat(scenario.snapshots.templates()).isEmpty();
        assertThat(codes(() -> scenario.snapshots.removeTemplate("small", Actor.user("ulf"))))
                .containsExactly(Code.ADMINISTRATOR_ONLY);
        assertThat(codes(() -> scenario.snapshots.unassign(scenario.vm, Actor.user("ulf"))))
                .containsExactly(Code.ADMINISTRATOR_ONLY);
    }

    @Test
    void aRenamedTemplateKeepsItsVmsAndTheirSettings() {
        scenario.snapshots.saveTemplate(
                new SettingsTemplate("small", SettingsChoice.open().limit(1)), ADMIN);
        scenario.snapshots.saveTemplate(
                new SettingsTemplate("large", SettingsChoice.open().limit(9)), ADMIN);
        scenario.snapshots.assign(scenario.vm, "small", ADMIN);
        scenario.snapshots.configure(scenario.vm, SettingsChoice.open(), ADMIN);
        assertThat(codes(() -> scenario.snapshots.renameTemplate("small", "large", ADMIN)))
                .containsExactly(Code.TEMPLATE_EXISTS);
        assertThat(codes(() -> scenario.snapshots.renameTemplate("none", "tiny", ADMIN)))
                .containsExactly(Code.TEMPLATE_NOT_FOUND);
        scenario.datacenter.faults().failOn(Faults.Point.STORE_REMOVE_TEMPLATE).with(Reason.NO_SPACE);
        assertThatThrownBy(() -> scenario.snapshots.renameTemplate("small", "tiny", ADMIN))
                .isInstanceOf(DriverException.class);
        scenario.datacenter.faults().clear();

        scenario.snapshots.renameTemplate("small", "tiny", ADMIN);

        assertThat(scenario.snapshots.templates())
                .extracting(SettingsTemplate::name)
                .containsExactly("large", "tiny");
        assertThat(scenario.snapshots.settings(scenario.vm).template()).contains("tiny");
        assertThat(scenario.snapshots.settings(scenario.vm).settings().limit()).isEqualTo(1);
    }

    private List<Code> codes(ThrowingCallable call) {
        List<Code> codes = new ArrayList<>();
        assertThatThrownBy(call).isInstanceOfSatisfying(RefusedException.class, e -> e.refusals().stream()
                .map(Refusal::code)
                .forEach(codes::add));
        return codes;
    }
}
