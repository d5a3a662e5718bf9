package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One unsound row is the trouble of its VM, or of its template, and nobody else's. */
final class DamagedRowsTest {
    private static final VmId VM = VmId.of("vm-1");
    private static final VmId OTHER = VmId.of("vm-2");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path directory;

    private Path file;
    private JdbcStore store;
    private VmRecord other;

    @BeforeEach
    void saveTwoVms() {
        file = directory.resolve("snapshots.db");
        store = JdbcStore.sqlite(file);
        store.save(Samples.record(VM));
        other = store.save(otherRecord());
    }

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE snapshot SET parent = 's2' WHERE id = 's1'",
                "UPDATE snapshot SET parent = 's99' WHERE id = 's1'",
                "UPDATE snapshot SET parent = id WHERE id = 's1'",
                "UPDATE snapshot SET id = 'no id at all' WHERE id = 's1'",
                "UPDATE snapshot SET status = 'LOVELY' WHERE id = 's1'",
                "UPDATE snapshot SET status = x'00ff' WHERE id = 's1'",
                "UPDATE snapshot SET reason = NULL WHERE id = 's1'",
                "UPDATE snapshot SET power = '' WHERE id = 's1'",
                "UPDATE snapshot SET created_at = 'yesterday' WHERE id = 's1'",
                "UPDATE snapshot SET created_at = 12 WHERE id = 's1'",
                "UPDATE snapshot SET expires_at = 'never' WHERE id = 's1'",
                "UPDATE snapshot SET paused_for = '27 ms' WHERE id = 's2'",
                "UPDATE snapshot SET ram_bytes = 'many' WHERE id = 's2'",
                "UPDATE snapshot SET ram_bytes = NULL WHERE id = 's2'",
                "UPDATE snapshot SET ram = 'perhaps' WHERE id = 's1'",
                "UPDATE snapshot SET ram = 7 WHERE id = 's1'",
                "UPDATE snapshot SET created_by_role = 'KING' WHERE id = 's1'",
                "UPDATE volume SET kind = 'TAPE'",
                "UPDATE volume SET virtual_bytes = 'big'",
                "UPDATE vm SET current_snapshot = 's99' WHERE id = 'vm-1'",
                "UPDATE vm SET current_snapshot = 'o1' WHERE id = 'vm-1'",
                "UPDATE vm SET snapshot_limit = 99999999999 WHERE id = 'vm-1'",
                "UPDATE vm SET snapshot_limit = -5 WHERE id = 'vm-1'",
                "UPDATE vm SET allow_users = 'sometimes' WHERE id = 'vm-1'",
                "UPDATE vm SET revision = 'first' WHERE id = 'vm-1'",
                "UPDATE vm SET name = x'c328' WHERE id = 'vm-1'",
                "INSERT INTO leftover VALUES ('vm-1', 0, 's9', 'vda', '/a', 'qcow2', 'TAPE', 'file', NULL, 'why')"
            })
    void whateverIsWrongWithARecordTheOtherIsRead(String change) throws Exception {
        Rows.change(file, change);

        assertThat(store.all()).hasSize(2).contains(other);
        assertDamaged(VM);
        assertThat(failure(() -> store.find(VM))).hasMessageContaining("vm-1").hasMessageContaining("table ");
        assertThat(store.find(OTHER)).contains(other);
        assertThat(store.save(other.seen("renamed", "node-9")).revision()).isEqualTo(2);
    }

    @Test
    void aVmWhoseIdIsNoIdIsNamedAsItIs() throws Exception {
        Rows.change(file, "INSERT INTO vm (id, revision, name) VALUES ('a b', 1, 'x')");

        assertThat(store.damaged()).singleElement().satisfies(damaged -> {
            assertThat(damaged.vm()).isEmpty();
            assertThat(damaged.subject()).isEqualTo("a b");
        });
        assertThat(store.all()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE lease SET verb = 'SING'",
                "UPDATE lease SET held_until = 'soon'",
                "UPDATE lease SET epoch = 'x'",
                "UPDATE lease SET operation = NULL"
            })
    void anUnsoundLeaseKeepsNobodyElseFromWorking(String change) throws Exception {
        acquire(VM);
        Rows.change(file, change);

        assertDamaged(VM);
        failure(() -> store.acquire(VM, "b", Verb.EDIT, "op", HOUR, lease -> true));
        assertThat(acquire(OTHER).epoch()).isEqualTo(1);
        assertThat(store.find(VM)).isPresent();
    }

    @Test
    void anUnsoundLeaseKeepsNoOtherFromBeingRenewed() throws Exception {
        Lease unsound = acquire(VM);
        Lease sound = acquire(OTHER);
        Rows.change(file, "UPDATE lease SET verb = 'SING' WHERE vm = 'vm-1'");

        Map<Lease, DriverException> failures = store.renewAll(List.of(unsound, sound), HOUR.multipliedBy(2));

        assertThat(failures).containsOnlyKeys(unsound);
        failure(() -> {
            throw failures.get(unsound);
        });
        assertThat(store.leases()).singleElement().satisfies(lease -> assertThat(lease.until())
                .isAfter(sound.until()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE operation SET verb = 'SING' WHERE vm = 'vm-1'",
                "UPDATE operation SET started_at = '' WHERE vm = 'vm-1'",
                "UPDATE operation SET point_of_no_return = 99999999999 WHERE vm = 'vm-1'",
                "UPDATE operation SET actor_role = 'KING' WHERE vm = 'vm-1'",
                "UPDATE operation_step SET mark = 'HALF' WHERE operation = 'op-vm-1'",
                "UPDATE operation_snapshot SET snapshot = '?' WHERE operation = 'op-vm-1'",
                "UPDATE operation_fact SET value = x'00' WHERE operation = 'op-vm-1'"
            })
    void anUnsoundJournalEntryKeepsNobodyElsesFromBeingRead(String change) throws Exception {
        store.open(Samples.entry(VM, "op-vm-1"), acquire(VM));
        store.open(Samples.entry(OTHER, "op-vm-2"), acquire(OTHER));
        Rows.change(file, change);

        assertDamaged(VM);
        assertThat(store.journal()).singleElement().isEqualTo(Samples.entry(OTHER, "op-vm-2"));
        assertThat(store.journal(OTHER)).hasSize(1);
        failure(() -> store.journal(VM));
    }

    @Test
    void anUnsoundConfigurationIsItsVmsTrouble() throws Exception {
        store.saveConfiguration(SnapshotId.of("s1"), new VmConfiguration("<a/>", "<b/>"), acquire(VM));
        store.saveConfiguration(SnapshotId.of("o1"), new VmConfiguration("<a/>", "<b/>"), acquire(OTHER));
        Rows.change(file, "UPDATE configuration SET live = x'00' WHERE snapshot = 's1'");

        failure(() -> store.configurations(VM));
        assertThat(store.configurations(OTHER)).hasSize(1);
    }

    @Test
    void anUnsoundTemplateIsNamedAndCanBeSavedAnew() throws Exception {
        SettingsTemplate sound = new SettingsTemplate("sound", SettingsChoice.open());
        SettingsTemplate small =
                new SettingsTemplate("small", SettingsChoice.open().limit(1));
        store.saveTemplate(sound);
        store.saveTemplate(small);
        Rows.change(file, "UPDATE template SET snapshot_limit = 'few' WHERE name = 'small'");

        assertThat(store.templates()).containsExactly(sound);
        assertThat(store.damaged())
                .singleElement()
                .extracting(Damaged::vm, Damaged::subject)
                .containsExactly(Optional.empty(), "small");
        store.saveTemplate(small);
        assertThat(store.templates()).containsExactly(small, sound);
        assertThat(store.damaged()).isEmpty();
    }

    private void assertDamaged(VmId vm) {
        assertThat(store.damaged()).singleElement().extracting(Damaged::vm).isEqualTo(Optional.of(vm));
        assertThat(store.damaged(vm)).isEqualTo(store.damaged());
        assertThat(store.damaged(OTHER)).isEmpty();
    }

    private Lease acquire(VmId vm) {
        return store.acquire(vm, "a", Verb.EDIT, "op-" + vm, HOUR, lease -> false);
    }

    private static StoreException failure(ThrowingCallable call) {
        StoreException failure = catchThrowableOfType(StoreException.class, call);
        assertThat(failure).as("the failure").isNotNull();
        assertThat(failure.problem()).isEqualTo(Problem.RECORD_DAMAGED);
        return failure;
    }

    private static VmRecord otherRecord() {
        Snapshot first = Samples.record(OTHER).tree().snapshots().get(0);
        Snapshot renamed = new Snapshot(
                SnapshotId.of("o1"),
                OTHER,
                Optional.empty(),
                first.labels(),
                first.createdAt(),
                first.createdBy(),
                first.status(),
                first.reason(),
                first.ram(),
                first.power(),
                first.node(),
                List.of(),
                first.excluded(),
                first.receipt());
        return VmRecord.of(OTHER).withTree(SnapshotTree.of(OTHER, List.of(renamed), Optional.of(renamed.id())));
    }
}
