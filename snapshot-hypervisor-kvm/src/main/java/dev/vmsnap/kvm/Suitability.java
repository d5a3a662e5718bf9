package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import dev.vmsnap.spi.VmConfiguration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Says what keeps a node from running a VM of another one. Nothing is defined or started for it. */
final class Suitability {
    private static final Set<String> OF_THE_NODE = Set.of("host-passthrough", "maximum");
    private static final long MIB = 1L << 20;

    private final Daemon daemon;
    private final StateFiles files;

    Suitability(Daemon daemon, StateFiles files) {
        this.daemon = daemon;
        this.files = files;
    }

    List<String> obstacles(VmConfiguration configuration, String hypervisor) {
        boolean ram = !hypervisor.isEmpty();
        DomainXml next = DomainXml.parse(configuration.persistent());
        DomainXml live = ram ? DomainXml.parse(configuration.live()) : next;
        boolean variables = !configuration
                .machineState()
                .getOrDefault(MachineParts.VARIABLES, "")
                .isEmpty();
        Set<String> found = new LinkedHashSet<>();
        if (ram) {
            HypervisorVersion then = HypervisorVersion.of(hypervisor);
            HypervisorVersion here = HypervisorVersion.of(daemon.version());
            here.obstacle(then, live.root().getAttribute("type").equals("kvm") && isOfTheNode(live))
                    .ifPresent(found::add);
        }
        for (DomainXml domain : ram ? List.of(live, next) : List.of(next)) {
            found.addAll(machine(domain));
            NeededFiles.of(domain, variables).forEach((path, what) -> {
                if (!files.exists(path)) {
                    found.add("it has no " + path + " (" + what + ")");
                }
            });
        }
        memory(live).ifPresent(found::add);
        return List.copyOf(found);
    }

    private List<String> machine(DomainXml domain) {
        MachineKind kind = MachineKind.of(domain);
        if (kind.emulator().filter(path -> !files.exists(path)).isPresent()) {
            return List.of("it has no emulator " + kind.emulator().get());
        }
        Daemon.Answer answer = daemon.domainCapabilities(kind);
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
