package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every method of the driver interfaces can be made to fail, so that the tests of failures and crashes try each. */
final class EveryCallTest {
    /** Constants, texts and ways to other interfaces: nothing that can fail. */
    private static final Set<String> NOTHING_TO_FAIL = Set.of(
            "HypervisorDriver.id",
            "HypervisorDriver.differences",
            "HypervisorDriver.commands",
            "HypervisorDriver.commandsAs",
            "HypervisorDriver.files",
            "HypervisorDriver.close",
            "HypervisorDriver.fencedBy",
            "InImageSnapshots.hidden",
            "Relocation.relocated",
            "StorageDriver.id",
            "StorageDriver.traits",
            "StorageDriver.programs",
            "SnapshotStore.id",
            "SnapshotStore.close");

    /** Calls that change nothing and so need no lease. */
    private static final Set<String> READING = Set.of(
            "HypervisorDriver.id",
            "HypervisorDriver.version",
            "HypervisorDriver.outdated",
            "HypervisorDriver.lacks",
            "HypervisorDriver.vms",
            "HypervisorDriver.find",
            "HypervisorDriver.differences",
            "HypervisorDriver.commands",
            "HypervisorDriver.commandsAs",
            "HypervisorDriver.files",
            "HypervisorDriver.fencedBy",
            "HypervisorDriver.close",
            "InImageSnapshots.hidden",
            "Relocation.obstacles",
            "Relocation.relocated",
            "StorageDriver.id",
            "StorageDriver.programs",
            "StorageDriver.traits",
            "NodeFiles.read",
            "NodeFiles.fileSystem",
            "NodeFiles.mount");

    private final Datacenter datacenter = new Datacenter();
    private final InMemoryHypervisor node = datacenter.node("node-1");
    private final InMemoryVm vm = node.withVm("web-1", "vda");
    private final VmDescription described = vm.describe();
    private final InMemoryStorage storage = datacenter.beside();
    private final InMemoryStore store = datacenter.store();
    private final Volume volume =
            new Volume("vda", "/dev/vg_guests/a", "raw", StorageKind.LOCAL_LVM, "beside", OptionalLong.empty());

    private TestCall call = new TestCall(described, node);

    @Test
    void everyMethodOfTheDriverInterfacesHasAPoint() {
        Set<String> without = new TreeSet<>();
        Set<Faults.Point> met = EnumSet.noneOf(Faults.Point.class);
        parts().forEach((type, part) -> Stream.of(type.getDeclaredMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
                .forEach(method -> {
                    datacenter.faults().forgetCalls();
                    call(method, part);
                    List<Faults.Call> calls = datacenter.faults().calls();
                    if (calls.isEmpty()) {
                        without.add(type.getSimpleName() + "." + method.getName());
                    }
                    calls.forEach(call -> met.add(call.point()));
                }));

        assertThat(without).containsExactlyInAnyOrderElementsOf(NOTHING_TO_FAIL);
        assertThat(met).containsExactlyInAnyOrder(Faults.Point.values());
    }

    @Test
    void everyCallThatChangesSomethingIsRefusedWithoutALease() {
        InMemoryHypervisor fenced = node.fencedBy(EveryCallTest::refused);
        call = TestCall.fenced(described, node, EveryCallTest::refused);
        Set<String> unfenced = new TreeSet<>();
        parts(fenced).forEach((type, part) -> Stream.of(type.getDeclaredMethods())
                .filter(method -> type != SnapshotStore.class)
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
                .filter(method -> !isRefused(method, part))
                .forEach(method -> unfenced.add(type.getSimpleName() + "." + method.getName())));

        assertThat(unfenced).containsExactlyInAnyOrderElementsOf(READING);
    }

    private static Duration refused() {
        throw new DriverException("test", DriverException.Reason.LEASE_LOST, "over");
    }

    private boolean isRefused(Method method, Object part) {
        try {
            invoke(method, part);
            return false;
        } catch (InvocationTargetException failed) {
            return failed.getCause() instanceof DriverException e && e.reason() == DriverException.Reason.LEASE_LOST;
        }
    }

    private Map<Class<?>, Object> parts() {
        return parts(node);
    }

    private Map<Class<?>, Object> parts(InMemoryHypervisor node) {
        Map<Class<?>, Object> parts = new LinkedHashMap<>();
        Stream.of(HypervisorDriver.class.getDeclaredClasses())
                .filter(role -> role.isInstance(node))
                .forEach(role -> parts.put(role, node));
        Stream.of(StorageDriver.class.getDeclaredClasses())
                .filter(role -> role.isInterface())
                .forEach(role -> parts.put(role, storage));
        parts.put(HypervisorDriver.class, node);
        parts.put(StorageDriver.class, storage);
        parts.put(SnapshotStore.class, store);
        parts.put(Commands.class, node.commands());
        parts.put(NodeFiles.class, node.files());
        return parts;
    }

    /** The outcome does not matter: a call is recorded before it has an effect. */
    private void call(Method method, Object part) {
        try {
            invoke(method, part);
        } catch (InvocationTargetException failed) {
            assertThat(failed.getCause()).isInstanceOf(RuntimeException.class);
        }
    }

    private void invoke(Method method, Object part) throws InvocationTargetException {
        try {
            method.invoke(
                    part,
                    Stream.of(method.getParameterTypes()).map(this::argument).toArray());
        } catch (IllegalAccessException e) {
            throw new AssertionError(method.toString(), e);
        }
    }

    private Object argument(Class<?> type) {
        Lease lease = new Lease(vm.id(), "owner", 1, Verb.CREATE, "operation", Instant.EPOCH, Instant.MAX);
        Map<Class<?>, Object> values = Map.ofEntries(
                Map.entry(VmId.class, vm.id()),
                Map.entry(SnapshotId.class, SnapshotId.of("s")),
                Map.entry(List.class, List.of(volume)),
                Map.entry(Map.class, Map.of()),
                Map.entry(Set.class, Set.of()),
                Map.entry(
                        RecordsCopy.class,
                        new RecordsCopy(Optional.empty(), Instant.EPOCH, VmRecord.of(vm.id()), Map.of())),
                Map.entry(Optional.class, Optional.empty()),
                Map.entry(String.class, "/a"),
                Map.entry(long.class, 1L),
                Map.entry(int.class, 0),
                Map.entry(boolean.class, false),
                Map.entry(byte[].class, new byte[0]),
                Map.entry(Duration.class, Duration.ofSeconds(1)),
                Map.entry(PowerState.class, PowerState.RUNNING),
                Map.entry(VmConfiguration.class, new VmConfiguration("", "")),
                Map.entry(VmDescription.Disk.class, described.disks().get(0)),
                Map.entry(DriverCall.class, call),
                Map.entry(HypervisorDriver.Fence.class, (HypervisorDriver.Fence) () -> Duration.ofDays(1)),
                Map.entry(VmRecord.class, VmRecord.of(vm.id())),
                Map.entry(Lease.class, lease),
                Map.entry(Collection.class, List.of(lease)),
                Map.entry(Verb.class, Verb.CREATE),
                Map.entry(Predicate.class, (Predicate<Object>) holder -> false),
                Map.entry(SettingsTemplate.class, new SettingsTemplate("t", SettingsChoice.open())),
                Map.entry(JournalEntry.Mark.class, JournalEntry.Mark.DONE),
                Map.entry(JournalEntry.class, entry()),
                Map.entry(Commands.Command.class, Commands.Command.of("true")));
        return Optional.ofNullable(values.get(type)).orElseThrow(() -> new AssertionError("no value of " + type));
    }

    private JournalEntry entry() {
        return new JournalEntry(
                "operation",
                vm.id(),
                Verb.CREATE,
                Actor.administrator("ada"),
                "node-1",
                Instant.EPOCH,
                List.of(),
                0,
                List.of(),
                Map.of());
    }
}
