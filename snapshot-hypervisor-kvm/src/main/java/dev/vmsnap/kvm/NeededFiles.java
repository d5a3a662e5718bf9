package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;
import static dev.vmsnap.kvm.Xml.textAt;

import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.w3c.dom.Element;

/** The files of a node that a domain cannot be started without, but for the disks that its guest writes to. */
final class NeededFiles {
    private NeededFiles() {}

    /**
     * Finds them.
     *
     * @param variables whether its UEFI variables are known, so that no template is needed
     * @return what each is, by path
     */
    static Map<String, String> of(DomainXml domain, boolean variables) {
        Map<String, String> found = new LinkedHashMap<>();
        Element root = domain.root();
        textAt(root, "os", "loader").ifPresent(path -> put(found, path, "firmware"));
        textAt(root, "os", "kernel").ifPresent(path -> put(found, path, "kernel"));
        textAt(root, "os", "initrd").ifPresent(path -> put(found, path, "initrd"));
        textAt(root, "os", "dtb").ifPresent(path -> put(found, path, "device tree"));
        textAt(root, "os", "acpi", "table").ifPresent(path -> put(found, path, "ACPI table"));
        if (!variables) {
            at(root, "os", "nvram")
                    .flatMap(e -> attribute(e, "template"))
                    .ifPresent(path -> put(found, path, "template of UEFI variables"));
        }
        MachineParts.of(domain).flash().values().stream()
                .map(StateFiles::parent)
                .forEach(path -> put(found, path, "directory of UEFI variables"));
        domain.disks().stream().filter(NeededFiles::matters).forEach(disk -> disk.source()
                .ifPresent(path -> put(found, path, "medium of " + disk.target())));
        for (Element sysinfo : children(root, "sysinfo")) {
            children(sysinfo, "entry").forEach(entry -> attribute(entry, "file")
                    .ifPresent(path -> put(found, path, "firmware configuration")));
        }
        for (Element device : at(root, "devices").map(Xml::elements).orElse(List.of())) {
            attribute(device, "rom", "file").ifPresent(path -> put(found, path, "boot ROM"));
            if (device.getTagName().equals("filesystem")) {
                attribute(device, "source", "dir").ifPresent(path -> put(found, path, "shared directory"));
            }
            if (device.getTagName().equals("memory")) {
                textAt(device, "source", "path").ifPresent(path -> put(found, path, "memory device"));
            }
        }
        return found;
    }

    /** Not a disk that a storage looks at. */
    private static boolean matters(Disk disk) {
        boolean local = disk.type() == SourceType.FILE || disk.type() == SourceType.BLOCK;
        return local && (disk.device() != Device.DISK || disk.is(Disk.Flag.READ_ONLY) || disk.is(Disk.Flag.TRANSIENT));
    }

    private static void put(Map<String, String> found, String path, String what) {
        // What is no absolute path libvirt looks for in places of its own.
        if (path.startsWith("/")) {
            found.putIfAbsent(path, what);
        }
    }
}
