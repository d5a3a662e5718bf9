package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;
import static dev.vmsnap.kvm.Xml.textAt;

import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Element;

/** Finds the files and devices of a node that a domain cannot be started without. */
final class NeededFiles {
    /** Where the kernel shows its devices: what is named there has a name of its own. */
    static final String SYS = "/sys/";

    private static final String NETWORK = SYS + "class/net/";

    private NeededFiles() {}

    /** Names the purpose of a domain's start. */
    enum Start {
        /** From its disks, on another node: the disks that the guest writes to are the storages' affair. */
        ELSEWHERE,
        /** From its disks, on the node that has them. */
        HERE,
        /** With saved RAM, on the node that has its disks. */
        WITH_RAM;

        boolean here() {
            return this != ELSEWHERE;
        }
    }

    /**
     * Finds them.
     *
     * @return what each is, by path
     */
    static Map<String, String> of(DomainXml domain, Start start) {
        Map<String, String> found = new LinkedHashMap<>();
        Element root = domain.root();
        textAt(root, "os", "loader").ifPresent(path -> put(found, path, "firmware"));
        textAt(root, "os", "kernel").ifPresent(path -> put(found, path, "kernel"));
        textAt(root, "os", "initrd").ifPresent(path -> put(found, path, "initrd"));
        textAt(root, "os", "dtb").ifPresent(path -> put(found, path, "device tree"));
        textAt(root, "os", "acpi", "table").ifPresent(path -> put(found, path, "ACPI table"));
        MachineParts.of(domain).flash().values().stream()
                .map(StateFiles::parent)
                .forEach(path -> put(found, path, "directory of UEFI variables"));
        Set<String> optional = domain.optionalMedia(start == Start.WITH_RAM);
        for (Disk disk : domain.disks()) {
            if (!optional.contains(disk.target()) && matters(disk, start)) {
                disk.source().ifPresent(path -> put(found, path, what(disk) + disk.target()));
            }
        }
        for (Element disk : domain.devices("disk")) {
            backing(disk, found);
        }
        for (Element sysinfo : children(root, "sysinfo")) {
            children(sysinfo, "entry").forEach(entry -> attribute(entry, "file")
                    .ifPresent(path -> put(found, path, "firmware configuration")));
        }
        at(root, "memoryBacking", "hugepages").ifPresent(pages -> hugePages(pages, found));
        for (Element device : at(root, "devices").map(Xml::elements).orElse(List.of())) {
            attribute(device, "rom", "file").ifPresent(path -> put(found, path, "boot ROM"));
            switch (device.getTagName()) {
                case "filesystem" ->
                    attribute(device, "source", "dir").ifPresent(path -> put(found, path, "shared directory"));
                case "memory" -> textAt(device, "source", "path").ifPresent(path -> put(found, path, "memory device"));
                case "interface" -> network(device, found);
                case "hostdev" -> handedThrough(device, found);
                default -> {}
            }
        }
        return found;
    }

    /** The template that a store of UEFI variables is made of if it is not there. */
    static Optional<String> template(DomainXml domain) {
        return at(domain.root(), "os", "nvram")
                .flatMap(e -> attribute(e, "template"))
                .filter(path -> path.startsWith("/"));
    }

    /** Says that a node lacks one of them. */
    static String lacks(String path, String what) {
        return path.startsWith(SYS) ? "it has no " + what : "it has no " + path + " (" + what + ")";
    }

    /**
     * Whether somebody should see that it is there. A device of a volume group need not be active while its VM is off, so a
     * device that the guest writes to is its storage's affair.
     */
    private static boolean matters(Disk disk, Start start) {
        boolean written =
                disk.device() == Device.DISK && !disk.is(Disk.Flag.READ_ONLY) && !disk.is(Disk.Flag.TRANSIENT);
        return switch (disk.type()) {
            case FILE -> !written || start.here();
            case BLOCK -> !written;
            default -> false;
        };
    }

    private static String what(Disk disk) {
        return disk.device() == Device.DISK && !disk.is(Disk.Flag.READ_ONLY) ? "disk " : "medium of ";
    }

    /** The files below an image that the configuration states, as that of a running QEMU does. */
    private static void backing(Element disk, Map<String, String> found) {
        Optional<Element> store = at(disk, "backingStore");
        while (store.isPresent()) {
            Element layer = store.get();
            if (layer.getAttribute("type").equals("file")) {
                attribute(layer, "source", "file")
                        .ifPresent(path -> put(found, path, "backing file of disk " + DomainXml.target(disk)));
            }
            store = at(layer, "backingStore");
        }
    }

    private static void network(Element device, Map<String, String> found) {
        String type = device.getAttribute("type");
        boolean virtualSwitch = attribute(device, "virtualport", "type")
                .filter("openvswitch"::equals)
                .isPresent();
        if (type.equals("bridge") && !virtualSwitch) {
            attribute(device, "source", "bridge").ifPresent(name -> put(found, NETWORK + name, "bridge " + name));
        } else if (type.equals("direct")) {
            attribute(device, "source", "dev")
                    .ifPresent(name -> put(found, NETWORK + name, "network interface " + name));
        }
    }

    private static void handedThrough(Element device, Map<String, String> found) {
        Optional<Element> address = at(device, "source", "address");
        if (address.isEmpty()) {
            return;
        }
        if (device.getAttribute("type").equals("pci")) {
            String name = hex(address.get(), "domain", 4) + ":" + hex(address.get(), "bus", 2) + ":"
                    + hex(address.get(), "slot", 2) + "." + hex(address.get(), "function", 1);
            put(found, SYS + "bus/pci/devices/" + name, "PCI device " + name);
        } else if (device.getAttribute("type").equals("mdev")) {
            attribute(address.get(), "uuid")
                    .ifPresent(uuid -> put(found, SYS + "bus/mdev/devices/" + uuid, "mediated device " + uuid));
        }
    }

    private static String hex(Element address, String part, int digits) {
        String text = attribute(address, part).orElse("0").replaceFirst("^0x", "");
        return "0".repeat(Math.max(0, digits - text.length())) + text;
    }

    private static void hugePages(Element pages, Map<String, String> found) {
        for (Element page : children(pages, "page")) {
            long kibibytes = DomainXml.bytes(page.getAttribute("size"), page.getAttribute("unit")) >> 10;
            if (kibibytes > 0) {
                put(
                        found,
                        SYS + "kernel/mm/hugepages/hugepages-" + kibibytes + "kB",
                        "hugepages of " + kibibytes + " KiB");
            }
        }
    }

    private static void put(Map<String, String> found, String path, String what) {
        // What is no absolute path libvirt looks for in places of its own.
        if (path.startsWith("/")) {
            found.putIfAbsent(path, what);
        }
    }
}
