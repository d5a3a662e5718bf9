package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.VmConfiguration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Says what keeps a node from starting a VM, one of its own or another node's. Nothing is defined or started for it. All
 * paths are looked for by one command.
 */
final class Suitability {
    private static final Set<String> OF_THE_NODE = Set.of("host-passthrough", "maximum");
    private static final long MIB = 1L << 20;

    private final Daemon daemon;
    private final Guests guests;
    private final Commands commands;

    Suitability(Daemon daemon, Guests guests, Commands commands) {
        this.daemon = daemon;
        this.guests = guests;
        this.commands = commands;
    }

    List<String> obstacles(VmConfiguration configuration, String hypervisor) {
        boolean ram = !hypervisor.isEmpty();
        boolean variables = !configuration
                .machineState()
                .getOrDefault(MachineParts.VARIABLES, "")
                .isEmpty();
        DomainXml next = daemon.located(DomainXml.parse(configuration.persistent()));
        Optional<DomainXml> present = present(next.uuid());
        DomainXml live = ram ? daemon.located(live(configuration.live(), present)) : next;
        NeededFiles.Start start = present.isEmpty()
                ? NeededFiles.Start.ELSEWHERE
                : ram ? NeededFiles.Start.WITH_RAM : NeededFiles.Start.HERE;
        Set<String> found = new LinkedHashSet<>();
        if (ram) {
            HypervisorVersion then = HypervisorVersion.of(hypervisor);
            HypervisorVersion here = daemon.versions();
            here.obstacle(then, live.root().getAttribute("type").equals("kvm") && isOfTheNode(live))
                    .ifPresent(found::add);
            RamObstacles.of(live, here).forEach(obstacle -> found.add("its saved RAM cannot be loaded: " + obstacle));
        }
        // A VM that comes from elsewhere shall also start the next time.
        Collection<DomainXml> domains = ram && present.isEmpty() ? List.of(live, next) : List.of(live);
        Map<String, Presence> paths = paths(domains, start);
        for (DomainXml domain : domains) {
            found.addAll(files(domain, start, variables, paths));
            found.addAll(PoolDisks.unknown(domain));
            domain.networks().forEach(name -> daemon.networkObstacle(name).ifPresent(found::add));
        }
        Map<MachineKind, Daemon.Answer> asked = new LinkedHashMap<>();
        for (DomainXml domain : domains) {
            found.addAll(machine(domain, paths, asked));
        }
        memory(live).ifPresent(found::add);
        return List.copyOf(found);
    }

    /** Returns the configuration from which the node would start this VM, if it has it. */
    private Optional<DomainXml> present(String uuid) {
        if (uuid.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DomainXml.parse(
                    guests.ask(VmId.of(uuid), "read the configuration of", domain -> domain.xml(Virt.XML_INACTIVE))));
        } catch (DriverException e) {
            if (VirtException.saysNoDomain(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** With its disks and variables where they are by now, as a restore would have it. */
    private DomainXml live(String recorded, Optional<DomainXml> present) {
        if (present.isEmpty()) {
            return DomainXml.parse(recorded);
        }
        DomainXml now = present.get();
        return DomainXml.parse(DiskSources.of(MachinePlaces.variables(recorded, now, daemon), now));
    }

    private Map<String, Presence> paths(Collection<DomainXml> domains, NeededFiles.Start start) {
        Set<String> all = new LinkedHashSet<>();
        for (DomainXml domain : domains) {
            all.addAll(NeededFiles.of(domain, start).keySet());
            all.addAll(MachineParts.of(domain).flash().values());
            NeededFiles.template(domain).ifPresent(all::add);
            MachineKind.of(domain).emulator().ifPresent(all::add);
        }
        return Presence.of(all, commands);
    }

    private static List<String> files(
            DomainXml domain, NeededFiles.Start start, boolean variables, Map<String, Presence> paths) {
        List<String> found = new ArrayList<>();
        NeededFiles.of(domain, start).forEach((path, what) -> obstacle(path, what, paths, found));
        boolean kept = variables
                || MachineParts.of(domain).flash().values().stream()
                        .anyMatch(
                                path -> start.here() && Presence.at(path, paths).state() == Presence.State.PRESENT);
        if (!kept) {
            NeededFiles.template(domain).ifPresent(path -> obstacle(path, "template of UEFI variables", paths, found));
        }
        return found;
    }

    private static void obstacle(String path, String what, Map<String, Presence> paths, List<String> found) {
        Presence presence = Presence.at(path, paths);
        switch (presence.state()) {
            case ABSENT -> found.add(NeededFiles.lacks(path, what));
            case UNKNOWN ->
                found.add("whether it has " + path + " (" + what + ") could not be determined: " + presence.why());
            case PRESENT -> {}
        }
    }

    private List<String> machine(DomainXml domain, Map<String, Presence> paths, Map<MachineKind, Daemon.Answer> asked) {
        MachineKind kind = MachineKind.of(domain);
        Optional<String> absent =
                kind.emulator().filter(path -> Presence.at(path, paths).state() == Presence.State.ABSENT);
        if (absent.isPresent()) {
            return List.of("it has no emulator " + absent.get());
        }
        Daemon.Answer answer = asked.computeIfAbsent(kind, daemon::domainCapabilities);
        if (answer.refusal().isPresent()) {
            return List.of(said(answer));
        }
        List<String> found = new ArrayList<>();
        Element capabilities = Xml.parse(answer.text()).getDocumentElement();
        at(domain.root(), "os")
                .flatMap(os -> attribute(os, "firmware"))
                .filter(firmware -> !values(at(capabilities, "os"), "firmware").contains(firmware))
                .ifPresent(firmware -> found.add("libvirt knows no firmware of the kind " + firmware + " there"));
        boolean emulatesTpm =
                values(at(capabilities, "devices", "tpm"), "backendModel").contains("emulator");
        if (MachineParts.of(domain).tpm().isPresent() && !emulatesTpm) {
            found.add("it has no swtpm for the VM's TPM");
        }
        processor(domain, kind).ifPresent(found::add);
        return found;
    }

    /** Of a processor that is described; one that is the node's whatever that has cannot be compared. */
    private Optional<String> processor(DomainXml domain, MachineKind kind) {
        Optional<Element> processor =
                at(domain.root(), "cpu").filter(cpu -> at(cpu, "model").isPresent());
        if (processor.isEmpty() || isOfTheNode(domain) || mode(processor.get()).equals("host-model")) {
            return Optional.empty();
        }
        Document document = Xml.empty();
        document.appendChild(document.importNode(processor.get(), true));
        return Optional.of(daemon.processor(kind, Xml.write(document)))
                .filter(answer -> answer.refusal()
                        .filter(refusal -> !refusal.isUnsupported())
                        .isPresent())
                .map(Suitability::said);
    }

    private Optional<String> memory(DomainXml domain) {
        long needed = domain.memoryBytes();
        long there = daemon.memoryBytes();
        return needed <= there
                ? Optional.empty()
                : Optional.of("it has " + there / MIB + " MiB of memory, and the VM needs " + needed / MIB);
    }

    private static boolean isOfTheNode(DomainXml domain) {
        return at(domain.root(), "cpu")
                .filter(cpu -> OF_THE_NODE.contains(mode(cpu)))
                .isPresent();
    }

    private static String mode(Element processor) {
        return attribute(processor, "mode").orElse("custom");
    }

    private static String said(Daemon.Answer answer) {
        return "libvirt there says: "
                + answer.text().replaceFirst("^(invalid argument|unsupported configuration|internal error): ", "");
    }

    private static List<String> values(Optional<Element> parent, String name) {
        return parent.map(element -> children(element, "enum").stream()
                        .filter(list -> list.getAttribute("name").equals(name))
                        .flatMap(list -> children(list, "value").stream())
                        .map(value -> value.getTextContent().strip().toLowerCase(Locale.ROOT))
                        .toList())
                .orElse(List.of());
    }
}
