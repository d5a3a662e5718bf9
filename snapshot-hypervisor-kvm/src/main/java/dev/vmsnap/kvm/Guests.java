package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls on domains, each on its own: looked up, done, let go. */
final class Guests implements Monitor {
    private static final Logger LOG = LoggerFactory.getLogger(Guests.class);

    /** Ending QEMU, for which libvirt itself waits 30 seconds for others and then for QEMU. */
    private static final Duration STOPPING = Duration.ofMinutes(2);

    private static final Set<Reason> UNANSWERED = EnumSet.of(Reason.TIMEOUT, Reason.UNREACHABLE);
    private static final Set<String> WITHOUT_DISKS = Set.of("postmigrate", "finish-migrate", "inmigrate");

    private final Link link;
    private final HypervisorDriver.Fence fence;

    /**
     * Makes it.
     *
     * @param fence as in {@link HypervisorDriver#fencedBy}
     */
    Guests(Link link, HypervisorDriver.Fence fence) {
        this.link = link;
        this.fence = fence;
    }

    /** Begins a call of libvirt that may change something. */
    Link.Touched touched() {
        return new Link.Touched(fence);
    }

    /** Asks something that changes nothing. */
    <T> T ask(VmId vm, String doing, Function<Domain, T> question) {
        return ask(vm, doing, Link.SHORT, question);
    }

    private <T> T ask(VmId vm, String doing, Duration limit, Function<Domain, T> question) {
        Link.Touched touched = touched();
        return link.call(doing(doing, vm), limit, touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched)) {
                return question.apply(domain);
            }
        });
    }

    /** Changes something, within the usual time. */
    void change(VmId vm, String doing, Consumer<Domain> change) {
        change(vm, doing, Link.SHORT, change);
    }

    /** Changes something that may take long. */
    void change(VmId vm, String doing, Duration limit, Consumer<Domain> change) {
        Link.Touched touched = touched();
        link.call(doing(doing, vm), limit, touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched)) {
                change.accept(domain);
                return Boolean.TRUE;
            }
        });
    }

    /**
     * Does something; if its answer is lost, asks whether it was done.
     *
     * @return true if it was not answered but was done
     */
    static boolean inspected(Runnable act, BooleanSupplier done) {
        try {
            act.run();
            return false;
        } catch (DriverException e) {
            if (UNANSWERED.contains(e.reason()) && isDone(done, e)) {
                LOG.info("Done, although it was not answered in time: {}", e.getMessage());
                return true;
            }
            throw e;
        }
    }

    private static boolean isDone(BooleanSupplier done, DriverException failure) {
        try {
            return done.getAsBoolean();
        } catch (DriverException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    /** Ends the domain's QEMU; a domain that is off is left alone. */
    void stop(VmId vm) {
        if (power(vm) == PowerState.OFF) {
            return;
        }
        try {
            change(vm, "stop", STOPPING, Domain::destroy);
        } catch (DriverException e) {
            if (!isDone(() -> power(vm) == PowerState.OFF, e)) {
                throw e;
            }
        }
    }

    /** Makes a configuration the domain's next one. libvirt writes it to a disk of the node's. */
    void define(VmId vm, String xml) {
        Link.Touched touched = touched();
        inspected(
                () -> link.call(doing("define", vm), Link.LONG, touched, session -> {
                    touched.now();
                    Domain.define(session, xml);
                    return Boolean.TRUE;
                }),
                () -> isDefined(vm, DomainXml.parse(xml)));
    }

    private boolean isDefined(VmId vm, DomainXml wanted) {
        String xml = ask(vm, "read", domain -> domain.xml(Virt.XML_SECURE | Virt.XML_INACTIVE));
        DomainXml next = DomainXml.parse(xml);
        return wanted.generationId().equals(next.generationId())
                && RestoredDomain.haveSameNotes(wanted, next)
                && Differences.between(wanted.text(), xml).isEmpty();
    }

    /** Starts a domain with a configuration that is not its next one. */
    void create(VmId vm, String xml, int flags) {
        Link.Touched touched = touched();
        link.call(doing("start", vm), Link.LONG, touched, session -> {
            touched.now();
            Domain.create(session, xml, flags);
            return Boolean.TRUE;
        });
    }

    /**
     * Makes a configuration the domain's next one again, if something has changed it. Its generation ID becomes that of the
     * domain if that is active: the guest shall not meet an older one at its next start.
     */
    void keepDefined(VmId vm, String xml) {
        Optional<String> generation = ask(
                vm,
                "read",
                d -> d.state().power().isActive() ? DomainXml.parse(d.xml(0)).generationId() : Optional.empty());
        DomainXml kept = DomainXml.parse(xml);
        String wanted = generation.isPresent() && !generation.equals(kept.generationId())
                ? RestoredDomain.withGenerationId(kept, generation.get())
                : xml;
        String next = ask(vm, "read", d -> d.xml(Virt.XML_SECURE | Virt.XML_INACTIVE));
        if (!next.equals(wanted)) {
            define(vm, wanted);
        }
    }

    /** The names and notes that a domain has at present: of its run if it is active, else of its configuration. */
    DomainXml named(VmId vm) {
        return ask(
                vm,
                "read",
                d -> DomainXml.parse(LoadMark.off(d.xml(d.state().power().isActive() ? 0 : Virt.XML_INACTIVE))));
    }

    /** Starts a domain with RAM that was saved. */
    void restore(VmId vm, String path, String xml, int flags, Duration limit) {
        Link.Touched touched = touched();
        link.call(doing("restore the RAM of", vm), limit, touched, session -> {
            touched.now();
            Domain.restore(session, path, xml, flags);
            return Boolean.TRUE;
        });
    }

    /** The domain that has a name. */
    Optional<VmId> named(String name) {
        return link.ask("look for a VM", Link.SHORT, session -> Domain.named(session, name));
    }

    List<VmId> all() {
        return link.ask("list VMs", Link.SHORT, Domain::all);
    }

    State state(VmId vm) {
        return ask(vm, "read the state of", Domain::state);
    }

    PowerState power(VmId vm) {
        return state(vm).power();
    }

    @Override
    public DomainXml live(VmId vm) {
        return ask(vm, "read", domain -> {
            if (!domain.state().power().isActive()) {
                throw Failures.off(vm);
            }
            return domain.described(0);
        });
    }

    @Override
    public Qmp.Reply monitor(VmId vm, Qmp.Command command, Duration limit) {
        Link.Touched touched = touched();
        String reply = link.call(doing(command.name() + " on", vm), limit, touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched)) {
                return domain.monitor(command.json());
            }
        });
        return Qmp.Reply.parse(command.name(), reply);
    }

    /** Sends one command to the agent in the guest; it may change something, so it is not repeated. */
    Qmp.Reply agent(VmId vm, Qmp.Command command, Duration limit) {
        Link.Touched touched = touched();
        int seconds = (int) Math.max(1, Math.min(Integer.MAX_VALUE, limit.toSeconds()));
        String reply = link.call(doing(command.name() + " in", vm), limit, touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched)) {
                return domain.agent(command.json(), seconds);
            }
        });
        return Qmp.Reply.parse(command.name(), reply);
    }

    @Override
    public Qmp.Reply query(VmId vm, String command, Duration limit) {
        Qmp.Command query = Qmp.Command.of(command);
        return Qmp.Reply.parse(command, ask(vm, command + " on", limit, domain -> domain.query(query.json())));
    }

    @Override
    public void requireDisks(VmId vm) {
        if (power(vm) != PowerState.PAUSED) {
            return;
        }
        JsonObject status = query(vm, "query-status", Link.SHORT).orThrow().getAsJsonObject();
        if (WITHOUT_DISKS.contains(Json.text(status, "status", ""))) {
            throw withoutDisks(vm);
        }
        if (hasInactiveDisks(vm)) {
            monitor(vm, Qmp.activateDisks(), Link.SHORT).orThrow();
            if (hasInactiveDisks(vm)) {
                throw withoutDisks(vm);
            }
        }
    }

    /** QEMU before 10 does not report it, and activates all disks itself when it has loaded RAM. */
    private boolean hasInactiveDisks(VmId vm) {
        return Json.objects(query(vm, "query-block", Link.SHORT).orThrow())
                .flatMap(drive -> Json.object(drive, "inserted").stream())
                .anyMatch(inserted -> inserted.has("active") && !Json.flag(inserted, "active"));
    }

    private static DriverException withoutDisks(VmId vm) {
        return Failures.of(
                Reason.IN_USE, "QEMU does not use the disks of VM " + vm + " at present; let the guest run first");
    }

    /** Holds a guest's processors. */
    void hold(VmId vm) {
        settle(vm, "hold", PowerState.RUNNING, PowerState.PAUSED, Domain::suspend);
    }

    /** Lets a guest run on. */
    void release(VmId vm) {
        settle(vm, "release", PowerState.PAUSED, PowerState.RUNNING, Domain::resume);
    }

    /** Lets a guest run on while something else has failed; that failure then also tells if this fails. */
    void releaseAfter(VmId vm, RuntimeException failure) {
        try {
            release(vm);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void settle(VmId vm, String doing, PowerState from, PowerState to, Consumer<Domain> act) {
        PowerState power = power(vm);
        if (power == to) {
            return;
        }
        if (power == PowerState.OFF) {
            throw Failures.off(vm);
        }
        if (power != from) {
            throw Failures.broken("cannot " + doing + " VM " + vm + ": it neither runs nor is it paused");
        }
        try {
            change(vm, doing, act);
        } catch (DriverException e) {
            if (!isDone(() -> power(vm) == to, e)) {
                throw e;
            }
        }
    }

    private static String doing(String doing, VmId vm) {
        return doing + " VM " + vm;
    }
}
