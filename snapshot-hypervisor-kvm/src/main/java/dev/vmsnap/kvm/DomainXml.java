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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

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
        return bytes(
                memory.map(e -> e.getTextContent().strip()).orElse("0"),
                memory.map(e -> e.getAttribute("unit")).orElse(""));
    }

    /** An amount of memory; libvirt's unit is KiB if none is stated. */
    static long bytes(String amount, String unit) {
        try {
            return Math.multiplyExact(Long.parseLong(amount), (long) UNITS.getOrDefault(unit, 1L << 10));
        } catch (ArithmeticException | NumberFormatException e) {
            throw Failures.broken("an amount of memory is not a number: " + amount);
        }
    }

    static boolean copiesOnRead(Element disk) {
        return attribute(disk, "driver", "copy_on_read").filter("on"::equals).isPresent();
    }

    /** The names of libvirt's networks that it is connected to. */
    Set<String> networks() {
        Set<String> names = new LinkedHashSet<>();
        for (Element device : devices("interface")) {
            if (device.getAttribute("type").equals("network")) {
                attribute(device, "source", "network").ifPresent(names::add);
            }
        }
        return names;
    }

    /** The targets of the disks that libvirt starts the domain without, if their medium is not there. */
    Set<String> optionalMedia(boolean withRam) {
        Set<String> targets = new LinkedHashSet<>();
        for (Element disk : devices("disk")) {
            String policy = attribute(disk, "source", "startupPolicy").orElse("mandatory");
            if (policy.equals("optional") || (withRam && policy.equals("requisite"))) {
                targets.add(target(disk));
            }
        }
        return targets;
    }

    boolean hasGenerationId() {
        return at(root, "genid").isPresent();
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

    /** The names that libvirt gave to all devices; only in the XML of an active domain. */
    Set<String> deviceAliases() {
        NodeList aliases = root().getElementsByTagName("alias");
        return IntStream.range(0, aliases.getLength())
                .mapToObj(index -> ((Element) aliases.item(index)).getAttribute("name"))
                .collect(Collectors.toSet());
    }

    /** The arguments that the configuration passes to QEMU ({@code qemu:commandline}). */
    List<String> passthroughArguments() {
        NodeList arguments = root().getElementsByTagName("qemu:arg");
        return IntStream.range(0, arguments.getLength())
                .mapToObj(index -> ((Element) arguments.item(index)).getAttribute("value"))
                .toList();
    }

    boolean namesPools() {
        return devices("disk").stream().anyMatch(DomainXml::isVolume);
    }

    static boolean isVolume(Element disk) {
        return disk.getAttribute("type").equals("volume");
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

    /** The generation ID; empty if the domain has none. */
    Optional<String> generationId() {
        return textAt(root, "genid").filter(text -> !text.isEmpty());
    }

    /** A configuration of its own that may be changed. */
    DomainXml copy() {
        return new DomainXml((Document) document.cloneNode(true));
    }

    String text() {
        return Xml.write(document);
    }

    Element root() {
        return root;
    }

    List<Element> devices(String name) {
        return at(root, "devices").map(d -> children(d, name)).orElse(List.of());
    }

    private static boolean usesThreads(Element device) {
        return at(device, "driver")
                .filter(driver -> driver.hasAttribute("iothread")
                        || at(driver, "iothreads").isPresent())
                .isPresent();
    }

    static String target(Element disk) {
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
                flags(disk),
                layers(disk));
    }

    /** Returns the layers that the configuration states below the source of a disk. */
    private static List<String> layers(Element disk) {
        List<String> layers = new ArrayList<>();
        Optional<Element> layer = at(disk, "backingStore");
        while (layer.isPresent()) {
            source(layer.get()).ifPresent(layers::add);
            layer = at(layer.get(), "backingStore");
        }
        return layers;
    }

    /** The user and group that it runs as, as libvirt labels it; empty if its configuration does not state them. */
    Optional<String> account() {
        return children(root, "seclabel").stream()
                .filter(label -> label.getAttribute("model").equals("dac"))
                .flatMap(label -> textAt(label, "label").or(() -> textAt(label, "baselabel")).stream())
                .findFirst();
    }

    private static Set<Disk.Flag> flags(Element disk) {
        Set<Disk.Flag> flags = EnumSet.noneOf(Disk.Flag.class);
        Map.of("readonly", Disk.Flag.READ_ONLY, "shareable", Disk.Flag.SHAREABLE, "transient", Disk.Flag.TRANSIENT)
                .forEach((element, flag) -> at(disk, element).ifPresent(there -> flags.add(flag)));
        if (!PAST_THE_CACHE.contains(attribute(disk, "driver", "cache").orElse(""))) {
            flags.add(Disk.Flag.PAGE_CACHED);
        }
        if (disk.getAttribute("snapshot").equals("no")) {
            flags.add(Disk.Flag.NO_SNAPSHOT);
        }
        if (copiesOnRead(disk)) {
            flags.add(Disk.Flag.COPY_ON_READ);
        }
        return flags;
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
            case "volume" -> Optional.of(PoolDisks.name(source.get()));
            default -> textAt(source.get()).filter(text -> !text.isEmpty()).or(() -> attribute(source.get(), "path"));
        };
    }
}
