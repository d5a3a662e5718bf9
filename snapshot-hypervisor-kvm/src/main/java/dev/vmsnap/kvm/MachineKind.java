package dev.vmsnap.kvm;

import java.util.Optional;
import org.w3c.dom.Element;

/**
 * What kind of machine a domain is.
 *
 * @param type by what it is run, {@code kvm} for example
 * @param architecture of its processor
 * @param machine its machine type
 * @param emulator the program that runs it, if the configuration tells
 */
record MachineKind(String type, String architecture, String machine, Optional<String> emulator) {
    static MachineKind of(DomainXml domain) {
        Optional<Element> type = Xml.at(domain.root(), "os", "type");
        return new MachineKind(
                domain.root().getAttribute("type"),
                type.flatMap(e -> Xml.attribute(e, "arch")).orElse(""),
                type.flatMap(e -> Xml.attribute(e, "machine")).orElse(""),
                Xml.textAt(domain.root(), "devices", "emulator"));
    }
}
