package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmConfiguration;
import java.util.Optional;

/** What libvirt starts VMs from next time. */
final class Definitions {
    private final Guests guests;
    private final Loading loading;

    Definitions(Guests guests, Loading loading) {
        this.guests = guests;
        this.loading = loading;
    }

    VmConfiguration configuration(VmId vm) {
        return guests.ask(vm, "read the configuration of", domain -> {
            String persistent = domain.xml(Virt.XML_SECURE | Virt.XML_INACTIVE);
            return domain.state().power().isActive()
                    ? new VmConfiguration(persistent, LoadMark.off(domain.xml(Virt.XML_SECURE | Virt.XML_MIGRATABLE)))
                    : new VmConfiguration(persistent, persistent);
        });
    }

    void define(VmId vm, VmConfiguration configuration) {
        DomainXml wanted = DomainXml.parse(configuration.persistent());
        if (!wanted.uuid().equals(vm.value())) {
            throw Failures.broken("the configuration for VM " + vm + " is that of VM " + wanted.uuid());
        }
        Optional<String> present = known(() -> offXml(vm));
        if (present.isPresent()) {
            guests.define(vm, RestoredDomain.named(wanted, DomainXml.parse(present.get())));
            return;
        }
        Optional<VmId> other = guests.named(wanted.name());
        if (other.isPresent()) {
            throw Failures.of(
                    Reason.IN_USE, "the node has a VM called '" + wanted.name() + "' already, which is " + other.get());
        }
        guests.define(vm, configuration.persistent());
    }

    /** Completes a restore of RAM on an active VM: its next start has the configuration and generation ID that it should. */
    void completeRestore(VmId vm, VmConfiguration configuration) {
        loading.finish(vm);
        if (guests.ask(vm, "read", Domain::persistent)) {
            guests.keepDefined(vm, RestoredDomain.named(DomainXml.parse(configuration.persistent()), guests.named(vm)));
        }
    }

    void forget(VmId vm) {
        Optional<String> present = known(() -> offXml(vm));
        if (present.isEmpty()) {
            return;
        }
        int tpm = DomainXml.parse(present.get()).hasTpm() ? Virt.UNDEFINE_KEEP_TPM : 0;
        known(() -> {
            guests.change(vm, "forget", domain -> {
                requireNothingOfOthers(vm, domain);
                domain.undefine(Virt.UNDEFINE_KEEP_NVRAM | tpm);
            });
            return Boolean.TRUE;
        });
    }

    /** Gives a VM that is off, and that has a generation ID, a new one. */
    void renewGenerationId(VmId vm) {
        DomainXml present = DomainXml.parse(offXml(vm));
        if (present.hasGenerationId()) {
            guests.define(vm, RestoredDomain.regenerated(present));
        }
    }

    /** Fails if an active VM has other notes than its configuration for the next start. */
    void requirePresentMetadata(VmId vm) {
        boolean same = guests.ask(
                vm,
                "read the metadata of",
                domain -> RestoredDomain.haveSameNotes(
                        DomainXml.parse(domain.xml(0)), DomainXml.parse(domain.xml(Virt.XML_INACTIVE))));
        if (!same) {
            throw Failures.broken("the metadata of the running VM " + vm + " is not that of its configuration");
        }
    }

    int forgetCheckpoints(VmId vm) {
        loading.endWaiting(vm);
        return guests.ask(vm, "forget the checkpoints of", domain -> {
            if (domain.state().power().isActive()) {
                throw Failures.of(Reason.IN_USE, "VM " + vm + " is not off");
            }
            return domain.forgetCheckpoints();
        });
    }

    private String offXml(VmId vm) {
        loading.endWaiting(vm);
        return guests.ask(vm, "read the configuration of", domain -> {
            if (domain.state().power().isActive()) {
                throw Failures.of(Reason.IN_USE, "VM " + vm + " is not off");
            }
            return domain.xml(Virt.XML_SECURE | Virt.XML_INACTIVE);
        });
    }

    private static void requireNothingOfOthers(VmId vm, Domain domain) {
        int snapshots = domain.remembered();
        if (snapshots > 0) {
            throw Failures.of(
                    Reason.IN_USE,
                    "libvirt keeps records of " + snapshots + " snapshots of VM " + vm + ", which are not vmsnap's");
        }
        if (domain.hasManagedSave()) {
            throw Failures.of(Reason.IN_USE, "a saved state of VM " + vm + " waits to be resumed (managed save)");
        }
    }

    private static <T> Optional<T> known(java.util.function.Supplier<T> question) {
        try {
            return Optional.of(question.get());
        } catch (DriverException e) {
            if (VirtException.saysNoDomain(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
