package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import java.util.List;
import java.util.Map;
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

    /** The same configuration with disks at other places, by target; each stays what it is, a file or a device. */
    static String relocated(String domain, Map<String, String> sources) {
        Document document = Xml.parse(domain);
        boolean moved = false;
        for (Element disk : disks(document.getDocumentElement())) {
            Optional<String> place = target(disk).map(sources::get);
            if (place.isPresent() && !source(disk).equals(place)) {
                place(document, disk, place.get());
                moved = true;
            }
        }
        return moved ? Xml.write(document) : domain;
    }

    /** Puts a path into a disk's configuration. What is below an image that was moved is not known any more. */
    static void place(Document document, Element disk, String path) {
        if (at(disk, "source").isEmpty()) {
            disk.insertBefore(document.createElement("source"), disk.getFirstChild());
        }
        String type = disk.getAttribute("type");
        place(disk, type.equals("volume") ? (path.startsWith("/dev/") ? "block" : "file") : type, path);
        children(disk, "backingStore").stream()
                .filter(store -> !Xml.elements(store).isEmpty())
                .forEach(disk::removeChild);
    }

    /** Makes a disk with a source a file or a device at a path, whatever else it was, such as a volume of a storage pool. */
    static void place(Element disk, String type, String path) {
        Element source = at(disk, "source").orElseThrow();
        List.of("pool", "volume", "mode", "file", "dev").forEach(source::removeAttribute);
        disk.setAttribute("type", type);
        source.setAttribute(type.equals("block") ? "dev" : "file", path);
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
                .or(() -> attribute(source, "volume").map(volume -> source.getAttribute("pool") + "/" + volume))
                .or(() -> attribute(source, "name")));
    }
}
