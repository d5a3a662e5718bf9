package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;
import static dev.vmsnap.kvm.Xml.children;
import static dev.vmsnap.kvm.Xml.textAt;

import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Reads facts from libvirt's XML of a domain. */
final class DomainXml {
    private static final String AGENT_CHANNEL = "org.qemu.guest_agent.0";
    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("b", 1L),
            Map.entry("bytes", 1L),
            Map.entry("KB", 1_000L),
            Map.entry("k", 1L << 10),
            Map.entry("KiB", 1L << 10),
            Map.entry("MB", 1_000_000L),
            Map.entry("M", 1L << 20),
            Map.entry("MiB", 1L << 20),
            Map.entry("GB", 1_000_000_000L),
            Map.entry("G", 1L << 30),
            Map.entry("GiB", 1L << 30),
            Map.entry("TB", 1_000_000_000_000L),
            Map.entry("T", 1L << 40),
            Map.entry("TiB", 1L << 40));
    // Of the cache modes in https://libvirt.org/formatdomain.html those that open an image with O_DIRECT.
    private static final Set<String> PAST_THE_CACHE = Set.of("none", "directsync");
    private static final Set<String> NAMING = Set.of("name", "title", "description");

    private final Document document;
    private final Element root;

    private DomainXml(Document document) {
        this.document = document;
        this.root = document.getDocumentElement();
    }

    static DomainXml parse(String xml) {
        return new DomainXml(Xml.parse(xml));
    }

    String name() {
        return at(root, "name").map(Element::getTextContent).orElse("");
    }

    /** Its UUID in lower-case letters. */
    String uuid() {
        return textAt(root, "uuid").orElse("").toLowerCase(Locale.ROOT);
    }

    boolean hasTpm() {
        return !devices("tpm").isEmpty();
    }

    long memoryBytes() {
        Optional<Element> memory = at(root, "memory");
        long unit = UNITS.getOrDefault(memory.flatMap(e -> attribute(e, "unit")).orElse("KiB"), 1L << 10);
        try {
            return Math.multiplyExact(
                    Long.parseLong(memory.map(e -> e.getTextContent().strip()).orElse("0")), unit);
        } catch (ArithmeticException | NumberFormatException e) {
            throw Failures.broken("the memory of domain " + name() + " is not a number");
        }
    }

    /** Whether QEMU's main thread alone serves all disks, or there is only one. */
    boolean atomicCut() {
        if (disks().stream()
                        .filter(d -> d.device() == Device.DISK && !d.is(Disk.Flag.READ_ONLY))
                        .count()
                <= 1) {
            return true;
        }
        return devices("disk").stream().noneMatch(DomainXml::usesThreads)
                && devices("controller").stream().noneMatch(DomainXml::usesThreads);
    }

    boolean agentConnected() {
        return devices("channel").stream()
                .flatMap(channel -> children(channel, "target").stream())
                .anyMatch(target -> AGENT_CHANNEL.equals(target.getAttribute("name"))
                        && "connected".equals(target.getAttribute("state")));
    }

    /** Disks that libvirt itself copies or commits at the moment. */
    boolean mirrors() {
        return devices("disk").stream().anyMatch(disk -> at(disk, "mirror").isPresent());
    }

    List<String> ramObstacles() {
        List<String> found = new ArrayList<>();
        for (Element device : devices("hostdev")) {
            String type = device.getAttribute("type");
            if (!type.equals("usb")) {
                found.add("a device of the node is handed through (hostdev " + type + ")");
            }
        }
        for (Element device : devices("filesystem")) {
            found.add(
                    attribute(device, "driver", "type")
                                    .filter("virtiofs"::equals)
                                    .isPresent()
                            ? "a directory is shared by virtiofs"
                            : "a directory is shared by 9p");
        }
        for (Element device : devices("interface")) {
            String type = device.getAttribute("type");
            if (type.equals("vhostuser") || type.equals("vdpa") || type.equals("hostdev")) {
                found.add("a network interface is of type " + type);
            }
        }
        for (Element device : devices("disk")) {
            if (device.getAttribute("type").startsWith("vhost")) {
                found.add("disk " + target(device) + " is of type " + device.getAttribute("type"));
            }
        }
        for (Element device : devices("shmem")) {
            boolean master = device.getAttribute("role").equals("master");
            if (attribute(device, "model", "type")
                            .filter("ivshmem-plain"::equals)
                            .isEmpty()
                    || !master) {
                found.add("memory is shared with others (shmem " + device.getAttribute("name") + ")");
            }
        }
        for (Element device : devices("memory")) {
            if (device.getAttribute("model").contains("pmem")
                    || device.getAttribute("model").equals("nvdimm")) {
                found.add("memory is kept in a file of the node (" + device.getAttribute("model") + ")");
            }
        }
        for (Element device : devices("tpm")) {
            if (attribute(device, "backend", "type")
                    .filter("passthrough"::equals)
                    .isPresent()) {
                found.add("the node's TPM is handed through");
            }
        }
        if (at(root, "launchSecurity").isPresent()) {
            found.add("memory is encrypted (launchSecurity)");
        }
        if (countsByTheNode()) {
            found.add("the processor's clock is the node's (invtsc without a frequency)");
        }
        return found;
    }

    List<Disk> disks() {
        return devices("disk").stream().map(DomainXml::disk).toList();
    }

    /** The names that QEMU knows the disks' devices by, for each target; only in the XML of an active domain. */
    Map<String, String> aliases() {
        Map<String, String> aliases = new LinkedHashMap<>();
        for (Element disk : devices("disk")) {
            attribute(disk, "alias", "name").ifPresent(alias -> aliases.put(target(disk), alias));
        }
        return aliases;
    }

    /** The same configuration under the names that another one has. */
    String named(DomainXml other) {
        Document copy = (Document) document.cloneNode(true);
        Element domain = copy.getDocumentElement();
        for (Element old : Xml.elements(domain)) {
            if (NAMING.contains(old.getTagName())) {
                domain.removeChild(old);
            }
        }
        for (Element present : Xml.elements(other.root)) {
            if (NAMING.contains(present.getTagName())) {
                domain.insertBefore(copy.importNode(present, true), domain.getFirstChild());
            }
        }
        return Xml.write(copy);
    }

    Element root() {
        return root;
    }

    private boolean countsByTheNode() {
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

    private List<Element> devices(String name) {
        return at(root, "devices").map(d -> children(d, name)).orElse(List.of());
    }

    private static boolean usesThreads(Element device) {
        return at(device, "driver")
                .filter(driver -> driver.hasAttribute("iothread")
                        || at(driver, "iothreads").isPresent())
                .isPresent();
    }

    private static String target(Element disk) {
        return attribute(disk, "target", "dev").orElse("");
    }

    private static Disk disk(Element disk) {
        SourceType type = sourceType(disk);
        return new Disk(
                target(disk),
                device(disk.getAttribute("device")),
                type,
                source(disk),
                attribute(disk, "driver", "type"),
                traits(disk));
    }

    private static Set<Disk.Flag> traits(Element disk) {
        Set<Disk.Flag> traits = EnumSet.noneOf(Disk.Flag.class);
        Map.of("readonly", Disk.Flag.READ_ONLY, "shareable", Disk.Flag.SHAREABLE, "transient", Disk.Flag.TRANSIENT)
                .forEach((element, trait) -> at(disk, element).ifPresent(there -> traits.add(trait)));
        if (!PAST_THE_CACHE.contains(attribute(disk, "driver", "cache").orElse(""))) {
            traits.add(Disk.Flag.PAGE_CACHED);
        }
        return traits;
    }

    private static Device device(String name) {
        return switch (name) {
            case "cdrom" -> Device.CDROM;
            case "floppy" -> Device.FLOPPY;
            case "lun" -> Device.LUN;
            default -> Device.DISK;
        };
    }

    private static SourceType sourceType(Element disk) {
        return switch (disk.getAttribute("type")) {
            case "file" -> SourceType.FILE;
            case "block" -> SourceType.BLOCK;
            case "network" ->
                attribute(disk, "source", "protocol").filter("rbd"::equals).isPresent()
                        ? SourceType.RBD
                        : SourceType.NETWORK;
            default -> SourceType.OTHER;
        };
    }

    private static Optional<String> source(Element disk) {
        Optional<Element> source = at(disk, "source");
        if (source.isEmpty()) {
            return Optional.empty();
        }
        return switch (disk.getAttribute("type")) {
            case "file" -> attribute(source.get(), "file");
            case "block" -> attribute(source.get(), "dev");
            case "network" ->
                Optional.of(source.get().getAttribute("protocol") + ":"
                        + source.get().getAttribute("name"));
            case "volume" ->
                Optional.of(
                        source.get().getAttribute("pool") + "/" + source.get().getAttribute("volume"));
            default -> textAt(source.get()).filter(text -> !text.isEmpty()).or(() -> attribute(source.get(), "path"));
        };
    }
}
