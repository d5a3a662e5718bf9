package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Describes VMs. No question waits long for what libvirt or QEMU is doing with a VM. One that was started to be given its
 * RAM, and that nobody gives it any more, is off.
 */
final class Descriptions {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final Guests guests;
    private final Loading loading;
    private final Daemon daemon;

    Descriptions(Guests guests, Loading loading, Daemon daemon) {
        this.guests = guests;
        this.loading = loading;
        this.daemon = daemon;
    }

    private record Facts(
            State state,
            PowerState power,
            DomainXml domain,
            boolean persistent,
            boolean savedState,
            Domain.Control control,
            boolean working) {
        Facts asOff() {
            return new Facts(state, PowerState.OFF, domain, persistent, savedState, control, working);
        }
    }

    /** Everything, also what QEMU alone knows. */
    Optional<VmDescription> find(VmId vm) {
        return present(vm, () -> {
            Facts facts = facts(vm);
            Optional<String> job = job(facts);
            boolean ask = job.isEmpty()
                    && facts.control() == Domain.Control.FREE
                    && facts.power().isActive();
            if (!ask) {
                return describe(vm, facts, job, List.of());
            }
            try {
                return describe(vm, facts, jobOfQemu(vm), foreign(vm, facts.domain()));
            } catch (DriverException e) {
                if (e.reason() == DriverException.Reason.TIMEOUT) {
                    // Something has begun in between that QEMU is busy with.
                    Facts later = facts(vm);
                    return describe(
                            vm, later, job(later).or(() -> Optional.of("work that QEMU is busy with")), List.of());
                }
                if (e.getCause() instanceof VirtException cause && cause.code() == VirtException.NO_SUPPORT) {
                    return describe(vm, facts, job, List.of());
                }
                throw e;
            }
        });
    }

    /** The same without asking QEMU: for lists. */
    Optional<VmDescription> listed(VmId vm) {
        return present(vm, () -> {
            Facts facts = facts(vm);
            return describe(vm, facts, job(facts), List.of());
        });
    }

    private static Optional<VmDescription> present(VmId vm, java.util.function.Supplier<VmDescription> description) {
        if (!UUID_FORM.matcher(vm.value()).matches()) {
            // libvirt has no such VM, and says that it does not understand the question.
            return Optional.empty();
        }
        try {
            return Optional.of(description.get());
        } catch (DriverException e) {
            if (VirtException.saysNoDomain(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Facts facts(VmId vm) {
        Facts facts = guests.ask(vm, "describe", domain -> {
            State state = domain.state();
            boolean active = state.power().isActive();
            return new Facts(
                    state,
                    state.power(),
                    domain.described(active ? 0 : Virt.XML_INACTIVE),
                    domain.persistent(),
                    domain.hasManagedSave(),
                    active ? domain.control() : Domain.Control.FREE,
                    state.job().isPresent() && domain.working());
        });
        return loading.awaitsRam(vm, facts.state(), facts.domain()) ? facts.asOff() : facts;
    }

    private static Optional<String> job(Facts facts) {
        if (facts.working()) {
            return facts.state().job();
        }
        return facts.control() == Domain.Control.JOB
                ? Optional.of("a job of libvirt's: migration, save, dump or snapshot")
                : Optional.empty();
    }

    private Optional<String> jobOfQemu(VmId vm) {
        Qmp.Reply blockJobs = guests.query(vm, "query-block-jobs", PATIENCE);
        if (blockJobs.error().isEmpty()) {
            Optional<String> job = Json.objects(blockJobs.result())
                    .findFirst()
                    .map(first -> "block job " + Json.text(first, "type", "unknown"));
            if (job.isPresent()) {
                return job;
            }
        }
        Qmp.Reply migration = guests.query(vm, "query-migrate", PATIENCE);
        return migration.error().isEmpty() && migration.result().isJsonObject()
                ? Json.text(migration.result().getAsJsonObject(), "status")
                        .filter(Descriptions::unfinished)
                        .map(status -> "migration " + status)
                : Optional.empty();
    }

    private List<String> foreign(VmId vm, DomainXml domain) {
        Qmp.Reply drives = guests.query(vm, "query-block", PATIENCE);
        if (drives.error().isPresent()) {
            return List.of("QEMU does not list its drives (" + drives.error().get() + ")");
        }
        // A machine without PCI has no answer to the second.
        return ForeignDevices.of(
                domain, drives.result(), guests.query(vm, "query-pci", PATIENCE).result());
    }

    private static boolean unfinished(String status) {
        return !status.equals("none")
                && !status.equals("completed")
                && !status.equals("failed")
                && !status.equals("cancelled");
    }

    private VmDescription describe(VmId vm, Facts facts, Optional<String> job, List<String> foreign) {
        DomainXml xml = facts.domain();
        MachineParts parts = MachineParts.of(xml);
        PowerState power = facts.power();
        return new VmDescription(
                vm,
                xml.name(),
                power,
                xml.memoryBytes(),
                xml.disks(),
                traits(facts, parts),
                parts.obstacles(),
                Stream.concat(RamObstacles.of(xml, daemon.versions()).stream(), foreign.stream())
                        .toList(),
                job.or(() -> xml.mirrors() ? Optional.of("block job copy") : Optional.empty()));
    }

    private static Set<VmDescription.Trait> traits(Facts facts, MachineParts parts) {
        Set<VmDescription.Trait> traits = EnumSet.noneOf(VmDescription.Trait.class);
        add(traits, facts.persistent(), VmDescription.Trait.PERSISTENT);
        add(traits, facts.savedState(), VmDescription.Trait.SAVED_STATE);
        add(traits, parts.any(), VmDescription.Trait.MACHINE_STATE);
        add(traits, facts.domain().atomicCut(), VmDescription.Trait.ATOMIC_CUT);
        boolean agent = facts.power() == PowerState.RUNNING && facts.domain().agentConnected();
        add(traits, agent, VmDescription.Trait.AGENT);
        add(traits, facts.domain().hasGenerationId(), VmDescription.Trait.GENERATION_ID);
        return traits;
    }

    private static void add(Set<VmDescription.Trait> traits, boolean has, VmDescription.Trait trait) {
        if (has) {
            traits.add(trait);
        }
    }
}
