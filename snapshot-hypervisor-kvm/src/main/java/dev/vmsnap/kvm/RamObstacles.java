package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.ArrayList;
import java.util.List;
import org.w3c.dom.Element;

/** Finds in a configuration what keeps a guest's RAM from being saved, or from being loaded again. */
final class RamObstacles {
    private RamObstacles() {}

    /** Finds those of the configuration, and those of the node's versions that concern a VM of this configuration. */
    static List<String> of(DomainXml domain, HypervisorVersion versions) {
        List<String> found = new ArrayList<>(of(domain));
        found.addAll(versions.obstacles(VersionRule.Concern.RAM));
        if (domain.disks().stream().anyMatch(disk -> disk.type() == SourceType.BLOCK)) {
            found.addAll(versions.obstacles(VersionRule.Concern.RAM_ON_DEVICES));
        }
        return found;
    }

    static List<String> of(DomainXml domain) {
        List<String> found = new ArrayList<>();
        for (Element device : domain.devices("hostdev")) {
            String type = device.getAttribute("type");
            if (!type.equals("usb")) {
                found.add("a device of the node is handed through (hostdev " + type + ")");
            }
        }
        for (Element device : domain.devices("filesystem")) {
            found.add(
                    attribute(device, "driver", "type")
                                    .filter("virtiofs"::equals)
                                    .isPresent()
                            ? "a directory is shared by virtiofs"
                            : "a directory is shared by 9p");
        }
        for (Element device : domain.devices("interface")) {
            String type = device.getAttribute("type");
            if (type.equals("vhostuser") || type.equals("vdpa") || type.equals("hostdev")) {
                found.add("a network interface is of type " + type);
            }
        }
        for (Element device : domain.devices("disk")) {
            if (device.getAttribute("type").startsWith("vhost")) {
                found.add("disk " + DomainXml.target(device) + " is of type " + device.getAttribute("type"));
            }
            // After QEMU 7.2 has loaded RAM such a guest hangs, whoever loads it (seen with libvirt 9.0's revert too).
            if (DomainXml.copiesOnRead(device)) {
                found.add("disk " + DomainXml.target(device) + " copies on read (copy_on_read='on')");
            }
        }
        for (Element device : domain.devices("shmem")) {
            boolean master = device.getAttribute("role").equals("master");
            if (attribute(device, "model", "type")
                            .filter("ivshmem-plain"::equals)
                            .isEmpty()
                    || !master) {
                found.add("memory is shared with others (shmem " + device.getAttribute("name") + ")");
            }
        }
        for (Element device : domain.devices("memory")) {
            if (device.getAttribute("model").contains("pmem")
                    || device.getAttribute("model").equals("nvdimm")) {
                found.add("memory is kept in a file of the node (" + device.getAttribute("model") + ")");
            }
        }
        for (Element device : domain.devices("tpm")) {
            if (attribute(device, "backend", "type")
                    .filter("passthrough"::equals)
                    .isPresent()) {
                found.add("the node's TPM is handed through");
            }
        }
        if (at(domain.root(), "launchSecurity").isPresent()) {
            found.add("memory is encrypted (launchSecurity)");
        }
        if (countsByTheNode(domain.root())) {
            found.add("the processor's clock is the node's (invtsc without a frequency)");
        }
        return found;
    }

    private static boolean countsByTheNode(Element root) {
        boolean required = at(root, "cpu")
                .filter(cpu -> children(cpu, "feature").stream()
                        .anyMatch(f -> f.getAttribute("name").equals("invtsc")
                                && f.getAttribute("policy").equals("require")))
                .isPresent();
        boolean fixed = at(root, "clock")
                .filter(clock -> children(clock, "timer").stream()
                        .anyMatch(t -> t.getAttribute("name").equals("tsc") && t.hasAttribute("frequency")))
                .isPresent();
        return required && !fixed;
    }
}
