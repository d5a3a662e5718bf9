package dev.vmsnap.kvm;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Where a machine keeps what is not on its disks. Where its configuration does not tell, libvirt is asked.
 *
 * @param flash the files that its firmware writes to, by the name of the part
 * @param tpm where its TPM's state is
 */
record MachinePlaces(Map<String, String> flash, Optional<Tpm> tpm) {

    /**
     * Where a TPM's state is.
     *
     * @param directory the directory
     * @param prefix how the names of its files begin
     */
    record Tpm(String directory, String prefix) {
        /** What it has from its first start on. */
        String permanent() {
            return prefix + ".permall";
        }

        /** Everything that swtpm knows, without its lock, which holds nothing. */
        List<String> names() {
            return List.of(permanent(), prefix + ".volatilestate", prefix + ".savestate");
        }

        String file(String name) {
            return directory + "/" + name;
        }
    }

    static MachinePlaces of(DomainXml domain, Daemon daemon) {
        MachineParts parts = MachineParts.of(domain);
        if (!parts.obstacles().isEmpty()) {
            throw Failures.broken("VM " + domain.uuid() + ": " + String.join("; ", parts.obstacles()));
        }
        boolean untold = parts.unnamedVariables()
                || parts.tpm().filter(tpm -> tpm.directory().isEmpty()).isPresent();
        Optional<NativeCommand> chosen = untold ? Optional.of(daemon.nativeCommand(domain)) : Optional.empty();
        Map<String, String> flash = new TreeMap<>(parts.flash());
        if (parts.unnamedVariables()) {
            if (chosen.filter(NativeCommand::keepsVariablesItself).isPresent()) {
                throw Failures.broken("libvirt has QEMU itself keep the UEFI variables of VM " + domain.uuid()
                        + ": state a file for them in its configuration (<nvram>)");
            }
            chosen.flatMap(NativeCommand::variables).ifPresent(path -> flash.put(MachineParts.VARIABLES, path));
        }
        return new MachinePlaces(flash, parts.tpm().map(tpm -> tpm(tpm, domain.uuid(), chosen)));
    }

    private static Tpm tpm(MachineParts.EmulatedTpm tpm, String uuid, Optional<NativeCommand> chosen) {
        boolean first = tpm.version().equals("1.2");
        String directory = tpm.directory()
                .orElseGet(() -> chosen.orElseThrow().tpmDirectory() + "/" + uuid + (first ? "/tpm1.2" : "/tpm2"));
        return new Tpm(directory, first ? "tpm-00" : "tpm2-00");
    }

    /**
     * A configuration of a machine with its UEFI variables where they are now: it may have been renamed since.
     *
     * @param then the configuration
     * @param now what the machine is started from next time
     */
    static String variables(String then, DomainXml now, Daemon daemon) {
        Optional<String> there = variables(MachineParts.of(DomainXml.parse(then)));
        if (there.isEmpty()) {
            return then;
        }
        MachineParts parts = MachineParts.of(now);
        Optional<String> here =
                parts.unnamedVariables() ? daemon.nativeCommand(now).variables() : variables(parts);
        return here.isEmpty() || here.equals(there) ? then : moved(then, here.get());
    }

    private static Optional<String> variables(MachineParts parts) {
        return Optional.ofNullable(parts.flash().get(MachineParts.VARIABLES));
    }

    private static String moved(String domain, String path) {
        Document document = Xml.parse(domain);
        Element variables = Xml.at(document.getDocumentElement(), "os", "nvram").orElseThrow();
        Optional<Element> source = Xml.at(variables, "source");
        if (source.isPresent()) {
            source.get().setAttribute("file", path);
        } else {
            variables.setTextContent(path);
        }
        return Xml.write(document);
    }
}
