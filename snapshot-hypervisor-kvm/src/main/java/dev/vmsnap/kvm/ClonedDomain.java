package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;
import static dev.vmsnap.kvm.Xml.elements;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The configuration of a new VM that is made from an old one's. */
final class ClonedDomain {
    private ClonedDomain() {}

    static String of(String domain, String name, Map<String, String> sources) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a VM has a name");
        }
        Document document = Xml.parse(LoadMark.off(domain));
        Element root = document.getDocumentElement();
        root.removeAttribute("id");
        remove(root, "uuid");
        at(root, "name")
                .orElseGet(() -> (Element) root.insertBefore(document.createElement("name"), root.getFirstChild()))
                .setTextContent(name);
        // Empty, libvirt makes a new one.
        at(root, "genid").ifPresent(id -> id.setTextContent(""));
        for (Element sysinfo : children(root, "sysinfo")) {
            at(sysinfo, "system").ifPresent(ClonedDomain::forgetId);
        }
        at(root, "os", "nvram").ifPresent(ClonedDomain::forgetPlace);
        Optional<Element> devices = at(root, "devices");
        devices.ifPresent(all -> {
            disks(document, all, sources);
            for (Element network : children(all, "interface")) {
                remove(network, "mac");
                at(network, "virtualport", "parameters").ifPresent(port -> port.removeAttribute("interfaceid"));
            }
            for (Element tpm : children(all, "tpm")) {
                at(tpm, "backend").ifPresent(backend -> remove(backend, "source"));
            }
        });
        forgetLabels(root);
        return Xml.write(document);
    }

    private static void disks(Document document, Element devices, Map<String, String> sources) {
        Set<String> unknown = new HashSet<>(sources.keySet());
        for (Element disk : children(devices, "disk")) {
            String target = attribute(disk, "target", "dev").orElse("");
            if (sources.containsKey(target)) {
                unknown.remove(target);
                DiskSources.place(document, disk, sources.get(target));
            } else if (!isReadOnly(disk)) {
                devices.removeChild(disk);
            }
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("the VM has no disk " + String.join(", ", unknown));
        }
    }

    private static boolean isReadOnly(Element disk) {
        return disk.getAttribute("device").equals("cdrom")
                || at(disk, "readonly").isPresent();
    }

    /** Firmware tables would tell the old id, and libvirt wants both to agree. */
    private static void forgetId(Element system) {
        children(system, "entry").stream()
                .filter(entry -> entry.getAttribute("name").equals("uuid"))
                .forEach(system::removeChild);
    }

    /** Without a path libvirt makes a file for the new name, from the template if there is one. */
    private static void forgetPlace(Element variables) {
        Optional<String> template = attribute(variables, "template");
        Element os = (Element) variables.getParentNode();
        os.removeChild(variables);
        template.ifPresent(path -> {
            Element empty = os.getOwnerDocument().createElement("nvram");
            empty.setAttribute("template", path);
            os.appendChild(empty);
        });
    }

    private static void forgetLabels(Element element) {
        remove(element, "seclabel");
        for (Element child : elements(element)) {
            if (!child.getTagName().equals("metadata")) {
                forgetLabels(child);
            }
        }
    }

    private static void remove(Element parent, String name) {
        List<Element> found = children(parent, name);
        found.forEach(parent::removeChild);
    }
}
