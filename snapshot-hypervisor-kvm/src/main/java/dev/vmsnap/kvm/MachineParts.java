package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * What a machine keeps outside its disks, as far as its configuration tells.
 *
 * @param flash the files that its firmware writes to, by the name of the part: a store of variables, or a firmware that
 *     is not kept apart from its variables
 * @param unnamedVariables whether it also has a store of variables whose file libvirt chooses by itself
 * @param tpm its emulated TPM
 * @param obstacles what of all that cannot be read or brought back, as phrases that say how to mend it
 */
record MachineParts(
        Map<String, String> flash, boolean unnamedVariables, Optional<EmulatedTpm> tpm, List<String> obstacles) {
    /** The part that is the store of UEFI variables. */
    static final String VARIABLES = "nvram";

    /** The part that is a firmware which holds its own variables. */
    static final String FIRMWARE = "loader";

    private static final String A_FILE = ": give the VM a file of its node for them (<nvram>)";

    /** Copies the collections. */
    MachineParts {
        flash = Map.copyOf(flash);
        obstacles = List.copyOf(obstacles);
    }

    /**
     * A TPM that swtpm emulates.
     *
     * @param version {@code 2.0} or {@code 1.2}
     * @param directory where its state is, if the configuration tells
     */
    record EmulatedTpm(String version, Optional<String> directory) {}

    static MachineParts of(DomainXml domain) {
        Map<String, String> flash = new LinkedHashMap<>();
        List<String> obstacles = new ArrayList<>();
        boolean unnamed = at(domain.root(), "os")
                .map(os -> firmware(os, flash, obstacles))
                .orElse(false);
        Optional<EmulatedTpm> tpm = Optional.empty();
        for (Element device : tpms(domain)) {
            Optional<String> obstacle = obstacle(device);
            obstacle.ifPresent(obstacles::add);
            if (obstacle.isEmpty()) {
                tpm = Optional.of(emulated(device));
            }
        }
        return new MachineParts(flash, unnamed, tpm, obstacles);
    }

    /** Whether there is anything. */
    boolean any() {
        return writesFlash() || tpm.isPresent() || !obstacles.isEmpty();
    }

    /** Whether QEMU has flash memory that the machine can write to: a node that holds no snapshots. */
    boolean writesFlash() {
        return !flash.isEmpty() || unnamedVariables;
    }

    /** Collects the files; true when there is one whose name is not told. */
    private static boolean firmware(Element os, Map<String, String> flash, List<String> obstacles) {
        Optional<Element> loader = at(os, "loader");
        if (loader.flatMap(e -> attribute(e, "stateless")).filter("yes"::equals).isPresent()) {
            return false;
        }
        if (at(os, "varstore").isPresent()) {
            obstacles.add("QEMU itself keeps its UEFI variables (<varstore>)" + A_FILE);
            return false;
        }
        boolean pflash =
                loader.filter(e -> e.getAttribute("type").equals("pflash")).isPresent();
        if (pflash && loader.get().getAttribute("readonly").equals("no")) {
            String path = loader.get().getTextContent().strip();
            if (path.startsWith("/dev/")) {
                obstacles.add("its firmware, which it can write to, is the device " + path
                        + ": give the VM a firmware that is a file");
            } else if (!path.isEmpty()) {
                flash.put(FIRMWARE, path);
            }
        }
        Optional<Element> variables = at(os, "nvram");
        if (variables.isEmpty()) {
            return attribute(os, "firmware").filter("efi"::equals).isPresent();
        }
        String type = attribute(variables.get(), "type").orElse("file");
        Optional<Element> source = at(variables.get(), "source");
        if (type.equals("network")) {
            obstacles.add("its UEFI variables are kept over the network ("
                    + source.map(e -> e.getAttribute("protocol")).orElse("") + ")" + A_FILE);
            return false;
        }
        if (!type.equals("file")) {
            obstacles.add("its UEFI variables are kept on a "
                    + source.flatMap(e -> attribute(e, "dev"))
                            .map(device -> "device, " + device)
                            .orElse(type) + A_FILE);
            return false;
        }
        Optional<String> path = source.flatMap(e -> attribute(e, "file"))
                .or(() -> Optional.of(variables.get().getTextContent().strip()))
                .filter(text -> !text.isEmpty());
        if (path.isPresent() && path.get().startsWith("/dev/")) {
            obstacles.add("its UEFI variables are kept on a device, " + path.get() + A_FILE);
            return false;
        }
        path.ifPresent(file -> flash.put(VARIABLES, file));
        return path.isEmpty();
    }

    private static Optional<String> obstacle(Element tpm) {
        String type = attribute(tpm, "backend", "type").orElse("");
        if (type.equals("passthrough")) {
            return Optional.of(
                    "its TPM is the node's own (passthrough): give the VM an emulated one (backend type emulator)");
        }
        if (!type.equals("emulator")) {
            return Optional.of("its TPM is run by somebody else (backend type " + type
                    + "): give the VM one that libvirt runs (backend type emulator)");
        }
        return at(tpm, "backend", "source")
                .filter(source -> !attribute(source, "type").orElse("dir").equals("dir"))
                .map(source -> "its TPM does not keep its state in a directory (source type "
                        + source.getAttribute("type") + "): give it one, or leave that to libvirt");
    }

    private static EmulatedTpm emulated(Element tpm) {
        return new EmulatedTpm(
                attribute(tpm, "backend", "version").orElse("2.0"),
                at(tpm, "backend", "source").flatMap(source -> attribute(source, "path")));
    }

    private static List<Element> tpms(DomainXml domain) {
        return at(domain.root(), "devices")
                .map(devices -> children(devices, "tpm"))
                .orElse(List.of());
    }
}
