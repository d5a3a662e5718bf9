package dev.vmsnap.kvm;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.libvirt.jna.NetworkPointer;

/** Questions to libvirt's daemon that are not about a domain that it has. */
final class Daemon {
    private final Link link;

    Daemon(Link link) {
        this.link = link;
    }

    /**
     * What libvirt answered.
     *
     * @param text the answer; why not when it is a no
     * @param refusal the no
     */
    record Answer(String text, Optional<VirtException> refusal) {
        static Answer of(String text) {
            return new Answer(text, Optional.empty());
        }

        static Answer of(VirtException refusal) {
            return new Answer(String.valueOf(refusal.getMessage()), Optional.of(refusal));
        }
    }

    /** QEMU's command line for a domain. */
    NativeCommand nativeCommand(DomainXml domain) {
        String question = NativeCommand.question(domain);
        return NativeCommand.parse(link.ask(
                "look where libvirt keeps files of VM " + domain.uuid(),
                Link.SHORT,
                session -> text(Virt.Loaded.VIRT.virConnectDomainXMLToNative(
                        session.pointer(), NativeCommand.FORMAT, question, 0))));
    }

    /** Asks what answers: a daemon that is silent does not. */
    String version() {
        return link.ask("read the version", Link.SHORT, Session::version);
    }

    /** Returns the same as numbers, which are read once for each connection. */
    HypervisorVersion versions() {
        return link.ask("read the version", Link.SHORT, Session::versions);
    }

    long memoryBytes() {
        return link.ask("read what the node has", Link.SHORT, Session::memoryBytes);
    }

    /** The user and group that domains run as unless they state others; empty if libvirt runs them as itself. */
    Optional<String> account() {
        String capabilities = link.ask(
                "read whom VMs run as",
                Link.SHORT,
                session -> text(Virt.Loaded.VIRT.virConnectGetCapabilities(session.pointer())));
        return Xml.at(Xml.parse(capabilities).getDocumentElement(), "host")
                .map(host -> Xml.children(host, "secmodel"))
                .orElse(List.of())
                .stream()
                .filter(model ->
                        Xml.textAt(model, "model").filter("dac"::equals).isPresent())
                .flatMap(model -> Xml.children(model, "baselabel").stream())
                .map(label -> label.getTextContent().strip())
                .findFirst();
    }

    /** What domains of a kind can have there. */
    Answer domainCapabilities(MachineKind kind) {
        return answer(
                "read what the node can run",
                session -> text(Virt.Loaded.VIRT.virConnectGetDomainCapabilities(
                        session.pointer(),
                        kind.emulator().orElse(null),
                        kind.architecture(),
                        kind.machine(),
                        kind.type(),
                        0)));
    }

    /** Whether domains of a kind can have a processor there; refused when not. */
    Answer processor(MachineKind kind, String processor) {
        return answer("compare processors", session -> {
            int compared = Virt.Loaded.VIRT.virConnectCompareHypervisorCPU(
                    session.pointer(),
                    kind.emulator().orElse(null),
                    kind.architecture(),
                    kind.machine(),
                    kind.type(),
                    processor,
                    Virt.COMPARE_FAIL_INCOMPATIBLE);
            if (compared < 0) {
                throw VirtException.last();
            }
            return "";
        });
    }

    /** The same domain with the paths of the disks that it names by a storage pool. */
    DomainXml located(DomainXml domain) {
        return domain.namesPools()
                ? link.ask(
                        "read where volumes are",
                        Link.SHORT,
                        session -> PoolDisks.located(domain, new PoolVolumes(session.pointer())))
                : domain;
    }

    /** Returns the obstacle to a start on one of libvirt's networks. */
    Optional<String> networkObstacle(String name) {
        return link.ask("read a network's state", Link.SHORT, session -> {
            NetworkPointer network = Virt.Loaded.VIRT.virNetworkLookupByName(session.pointer(), name);
            if (network == null) {
                VirtException failure = VirtException.last();
                if (failure.code() == VirtException.NO_NETWORK) {
                    return Optional.of("it has no network " + name);
                }
                if (session.alive() && failure.isAnswer()) {
                    return Optional.of("whether it has network " + name + " could not be determined: libvirt says: "
                            + failure.getMessage());
                }
                throw failure;
            }
            try {
                int active = Virt.Loaded.VIRT.virNetworkIsActive(network);
                if (active < 0) {
                    throw VirtException.last();
                }
                return active == 1
                        ? Optional.empty()
                        : Optional.of("its network " + name + " is not active: start it with \"virsh net-start " + name
                                + "\"");
            } finally {
                Virt.Loaded.VIRT.virNetworkFree(network);
            }
        });
    }

    private Answer answer(String doing, Function<Session, String> question) {
        return link.ask(doing, Link.SHORT, session -> {
            try {
                return Answer.of(question.apply(session));
            } catch (VirtException e) {
                if (!session.alive() || !e.isAnswer()) {
                    throw e;
                }
                return Answer.of(e);
            }
        });
    }

    private static String text(@Nullable Pointer text) {
        if (text == null) {
            throw VirtException.last();
        }
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }
}
