package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import java.util.List;
import java.util.Optional;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Where the disks of a domain are: they may have been moved since its configuration was read. */
final class DiskSources {
    private DiskSources() {}

    /** The same configuration with each disk where it is in another one; a disk that is not there stays where it is. */
    static String of(String domain, DomainXml now) {
        Document document = Xml.parse(domain);
        boolean moved = false;
        for (Element disk : disks(document.getDocumentElement())) {
            Optional<Element> present = disks(now.root()).stream()
                    .filter(other -> target(other).equals(target(disk)))
                    .findFirst();
            if (present.isPresent() && !source(present.get()).equals(source(disk))) {
                move(document, disk, present.get());
                moved = true;
            }
        }
        return moved ? Xml.write(document) : domain;
    }

    private static void move(Document document, Element disk, Element present) {
        for (String outdated : List.of("source", "backingStore")) {
            children(disk, outdated).forEach(disk::removeChild);
        }
        disk.setAttribute("type", present.getAttribute("type"));
        at(present, "source")
                .ifPresent(source -> disk.insertBefore(document.importNode(source, true), disk.getFirstChild()));
    }

    private static List<Element> disks(Element domain) {
        return at(domain, "devices").map(devices -> children(devices, "disk")).orElse(List.of());
    }

    private static Optional<String> target(Element disk) {
        return attribute(disk, "target", "dev");
    }

    /** The path alone: libvirt adds more to the source of a disk that is in use. */
    private static Optional<String> source(Element disk) {
        return at(disk, "source").flatMap(source -> attribute(source, "file")
                .or(() -> attribute(source, "dev"))
                .or(() -> attribute(source, "name")));
    }
}
