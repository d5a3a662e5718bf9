package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Configurations of snapshots, forgetting, and templates. */
abstract class StoreConfigurationsContract extends StoreRecordsContract {

    @Test
    @DisplayName("a configuration comes back as it was, over a restart, and a later one takes its place")
    final void aConfigurationComesBackAsItWas() throws Exception {
        store().save(line(VM, 1, 2));
        Lease lease = lease(VM, "op-1");
        VmConfiguration hostile =
                new VmConfiguration(String.join("\n", HOSTILE), HOSTILE.get(3).repeat(10_000));

        store().saveConfiguration(id(1), CONFIGURATION, lease);
        store().saveConfiguration(id(2), CONFIGURATION, lease);
        store().saveConfiguration(id(2), hostile, lease);
        restart();

        assertThat(store().configurations(VM)).containsOnly(Map.entry(id(1), CONFIGURATION), Map.entry(id(2), hostile));
    }

    @Test
    @DisplayName("a VM's configurations do not show up at another VM")
    final void configurationsBelongToTheirVm() {
        store().save(line(VM, 1));
        store().save(line(OTHER_VM, 2));
        store().saveConfiguration(id(1), CONFIGURATION, lease(VM, "op-1"));

        assertThat(store().configurations(OTHER_VM)).isEmpty();
        assertThat(store().configurations(VM)).containsOnlyKeys(id(1));
    }

    @Test
    @DisplayName("a snapshot that is not in the saved tree of the VM cannot have a configuration")
    final void aSnapshotThatIsNotInTheTreeCannotHaveAConfiguration() {
        Lease nobody = lease(VM, "op-1");
        assertFails(Reason.MISSING, () -> store().saveConfiguration(id(1), CONFIGURATION, nobody));

        store().save(line(VM, 1));
        store().save(line(OTHER_VM, 2));
        assertFails(Reason.MISSING, () -> store().saveConfiguration(id(2), CONFIGURATION, nobody));
        assertThat(store().configurations(VM)).isEmpty();
        assertThat(store().configurations(OTHER_VM)).isEmpty();
    }

    @Test
    @DisplayName("a configuration goes when its snapshot leaves the saved tree, and stays while it is changed")
    final void aConfigurationGoesWithItsSnapshot() {
        VmRecord record = store().save(line(VM, 1, 2));
        Lease lease = lease(VM, "op-1");
        store().saveConfiguration(id(1), CONFIGURATION, lease);
        store().saveConfiguration(id(2), CONFIGURATION, lease);

        Snapshot kept = record.tree()
                .find(id(2))
                .orElseThrow()
                .withLabels(Snapshot.Labels.named("kept").comment("still here"));
        record = store().save(record.withTree(record.tree().replace(kept).prune(List.of(id(1)))), lease);

        assertThat(store().configurations(VM)).containsOnlyKeys(id(2));
        SnapshotTree regrown = record.tree().grow(snapshot(VM, 1, Optional.empty()));
        store().save(record.withTree(regrown), lease);
        assertThat(store().configurations(VM)).containsOnlyKeys(id(2));
    }

    @Test
    @DisplayName("a VM that is forgotten leaves no record and no configurations, and others stay")
    final void aVmThatIsForgottenLeavesNothing() throws Exception {
        store().save(line(VM, 1));
        VmRecord other = store().save(line(OTHER_VM, 2));
        Lease lease = lease(VM, "op-1");
        store().saveConfiguration(id(1), CONFIGURATION, lease);
        store().saveConfiguration(id(2), CONFIGURATION, lease(OTHER_VM, "op-2"));

        store().forget(lease);
        restart();

        assertThat(store().find(VM)).isEmpty();
        assertThat(store().all()).containsExactly(other);
        assertThat(store().configurations(VM)).isEmpty();
        assertThat(store().configurations(OTHER_VM)).containsOnlyKeys(id(2));
        assertThat(store().save(line(VM, 1)).revision()).isEqualTo(1);
        assertThat(store().configurations(VM)).isEmpty();
    }

    @Test
    @DisplayName("forgetting a VM that has no record is success, also again")
    final void forgettingIsIdempotent() {
        Lease lease = lease(VM, "op-1");
        store().forget(lease);
        store().save(line(VM, 1));

        store().forget(lease);
        store().forget(lease);

        assertThat(store().all()).isEmpty();
    }

    @Test
    @DisplayName("templates are read by name, over a restart, and a later one takes the place of its namesake")
    final void templatesAreReadByName() throws Exception {
        SettingsChoice some = SettingsChoice.open().limit(0).allowRam(false);
        SettingsTemplate open = new SettingsTemplate("'; DROP TABLE template; --", SettingsChoice.open());
        SettingsTemplate later =
                new SettingsTemplate("small \ud83d\udca5", some.allowUsers(true).limit(1000));
        store().saveTemplate(new SettingsTemplate(later.name(), some));
        store().saveTemplate(open);
        store().saveTemplate(new SettingsTemplate("Big", some));
        store().saveTemplate(later);
        restart();

        assertThat(store().templates()).containsExactly(open, new SettingsTemplate("Big", some), later);
    }

    @Test
    @DisplayName("a template that a VM is assigned to stays; any other one is removed for good, also again")
    final void onlyUnusedTemplatesAreRemoved() throws Exception {
        SettingsTemplate used =
                new SettingsTemplate("used", SettingsChoice.open().limit(1));
        store().saveTemplate(used);
        store().saveTemplate(new SettingsTemplate("unused", SettingsChoice.open()));
        VmRecord assigned = store().save(VmRecord.of(VM).withSettings(Optional.of("used"), SettingsChoice.open()));

        assertThat(store().removeTemplate("used")).isFalse();
        assertThat(store().removeTemplate("unused")).isTrue();
        assertThat(store().removeTemplate("unused")).isTrue();
        restart();
        assertThat(store().templates()).containsExactly(used);

        store().save(assigned.withSettings(Optional.empty(), SettingsChoice.open()));
        assertThat(store().removeTemplate("used")).isTrue();
        assertThat(store().templates()).isEmpty();
    }
}
