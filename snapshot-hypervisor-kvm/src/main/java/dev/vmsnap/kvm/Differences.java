package dev.vmsnap.kvm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * Says what differs between two configurations of one domain, as phrases for people. The order of elements, what a VM is
 * called and what libvirt writes by itself do not count; secrets are compared, never shown.
 */
final class Differences {
    private static final Set<String> IGNORED =
            Set.of("name", "title", "description", "metadata", "uuid", "genid", "backingStore", "resource");
    // Attributes that libvirt writes by itself while a VM runs, or when it goes back to RAM, after the element that has
    // them. How strictly it compares the processor with the node's is not a part of the processor.
    private static final Set<String> LIBVIRTS_OWN =
            Set.of("clock adjustment", "source index", "source portid", "target state", "cpu check", "model fallback");
    // libvirt fills these in at a start when it chooses the firmware.
    private static final List<String> CHOSEN = List.of("loader", "nvram", "firmware");
    private static final String USERS_ALIAS = "ua-";
    private static final Set<String> SECRET = Set.of("passwd", "password");
    // Whole elements that a host can fill with anything.
    private static final Set<String> OPAQUE = Set.of("qemu:commandline", "launchSecurity", "encryption", "auth");
    // What tells elements of one name apart, the best first.
    private static final List<String> KEYS =
            List.of("name", "dev", "address", "index", "id", "vcpu", "iothread", "fw", "type", "mode", "port");
    private static final int LONGEST = 120;

    private Differences() {}

    static List<String> between(String then, String now) {
        Map<String, Element> old = subjects(DomainXml.parse(then).root());
        Map<String, Element> young = subjects(DomainXml.parse(now).root());
        List<String> phrases = new ArrayList<>();
        old.forEach((subject, element) -> {
            Element counterpart = young.get(subject);
            if (counterpart == null) {
                phrases.add(removed(subject, element));
            } else {
                compare(subject, element, counterpart, phrases);
            }
        });
        young.forEach((subject, element) -> {
            if (!old.containsKey(subject)) {
                phrases.add(added(subject, element));
            }
        });
        return phrases;
    }

    /** What people would call a thing of its own: each device, and each other part of the configuration. */
    private static Map<String, Element> subjects(Element root) {
        Map<String, Element> subjects = new LinkedHashMap<>();
        for (Element part : Xml.elements(root)) {
            if (part.getTagName().equals("devices")) {
                Xml.elements(part).forEach(device -> put(subjects, device(device), device));
            } else if (!isIgnored(part)) {
                put(subjects, part.getTagName(), part);
            }
        }
        return subjects;
    }

    private static void put(Map<String, Element> subjects, String name, Element element) {
        String free = name;
        for (int i = 2; subjects.containsKey(free); i++) {
            free = name + " #" + i;
        }
        subjects.put(free, element);
    }

    private static String device(Element device) {
        String tag = device.getTagName();
        return switch (tag) {
            case "disk" -> tag + " " + Xml.attribute(device, "target", "dev").orElse("");
            case "interface" ->
                tag + " " + Xml.attribute(device, "mac", "address").orElse("");
            case "controller" -> tag + " " + device.getAttribute("type") + " " + device.getAttribute("index");
            case "channel" ->
                tag + " " + Xml.attribute(device, "target", "name").orElse(device.getAttribute("type"));
            case "filesystem" ->
                tag + " " + Xml.attribute(device, "target", "dir").orElse("");
            case "serial", "parallel", "console" ->
                tag + " " + Xml.attribute(device, "target", "port").orElse("");
            case "graphics", "input", "hostdev" -> tag + " " + device.getAttribute("type");
            case "shmem" -> tag + " " + device.getAttribute("name");
            default -> tag;
        };
    }

    private static String removed(String subject, Element element) {
        return plain(element).map(value -> subject + ": " + value + " -> none").orElse(subject + ": removed");
    }

    private static String added(String subject, Element element) {
        return plain(element).map(value -> subject + ": none -> " + value).orElse(subject + ": added");
    }

    /** The text of an element that is nothing but a value. */
    private static Optional<String> plain(Element element) {
        if (!Xml.elements(element).isEmpty() || OPAQUE.contains(element.getTagName())) {
            return Optional.empty();
        }
        String text = value(element);
        return text.isEmpty() ? Optional.empty() : Optional.of(shortened(text));
    }

    private static void compare(String subject, Element then, Element now, List<String> phrases) {
        Map<String, String> old = facts(then);
        Map<String, String> young = facts(now);
        TreeMap<String, String> all = new TreeMap<>(old);
        all.putAll(young);
        for (String path : all.keySet()) {
            String before = old.get(path);
            String after = young.get(path);
            if (before != null && before.equals(after)) {
                continue;
            }
            if ((before == null || after == null) && isChosen(subject, path, then, now)) {
                continue;
            }
            String what = path.isEmpty() ? subject : subject + " " + path;
            boolean hidden = hidden(then)
                    || SECRET.contains(last(path))
                    || OPAQUE.stream().anyMatch(path::contains);
            phrases.add(hidden ? what + ": changed" : what + ": " + shown(before) + " -> " + shown(after));
        }
    }

    private static boolean hidden(Element element) {
        return OPAQUE.contains(element.getTagName());
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf(' ') + 1);
    }

    private static String shown(@org.jspecify.annotations.Nullable String value) {
        if (value == null) {
            return "none";
        }
        return value.isEmpty() ? "present" : shortened(value);
    }

    private static String shortened(String value) {
        String line = value.replaceAll("\\s+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    /** Ignores elements that a restore keeps or renews, or that libvirt writes by itself. */
    private static boolean isIgnored(Element element) {
        return switch (element.getTagName()) {
            case "alias" -> !element.getAttribute("name").startsWith(USERS_ALIAS);
            case "seclabel" ->
                element.getAttribute("type").equals("dynamic")
                        && !element.getAttribute("relabel").equals("no")
                        && Xml.at(element, "baselabel").isEmpty();
            default -> IGNORED.contains(element.getTagName());
        };
    }

    /** Whether libvirt has written it when it first chose the firmware. */
    private static boolean isChosen(String subject, String path, Element then, Element now) {
        return subject.equals("os")
                && then.hasAttribute("firmware")
                && then.getAttribute("firmware").equals(now.getAttribute("firmware"))
                && CHOSEN.stream().anyMatch(part -> path.equals(part) || path.startsWith(part + " "));
    }

    /** Everything below an element, as values by where they stand. */
    private static Map<String, String> facts(Element element) {
        Map<String, String> facts = new TreeMap<>();
        collect("", element, facts);
        return facts;
    }

    private static void collect(String path, Element element, Map<String, String> facts) {
        boolean leaf = Xml.elements(element).isEmpty();
        String text = leaf ? value(element) : "";
        NamedNodeMap attributes = element.getAttributes();
        boolean any = false;
        for (int i = 0; i < attributes.getLength(); i++) {
            Attr attribute = (Attr) attributes.item(i);
            boolean unit = leaf && attribute.getName().equals("unit") && !text.isEmpty();
            boolean own = LIBVIRTS_OWN.contains(element.getTagName() + " " + attribute.getName());
            if (!unit && !own && !attribute.getName().startsWith("xmlns")) {
                facts.put(joined(path, attribute.getName()), attribute.getValue());
                any = true;
            }
        }
        if (leaf && (!text.isEmpty() || !any)) {
            facts.put(path, text);
        }
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (Element child : Xml.elements(element)) {
            if (!isIgnored(child) || child.getTagName().equals("name")) {
                String key = key(element, child);
                int count = seen.merge(key, 1, Integer::sum);
                collect(joined(path, count == 1 ? key : key + " #" + count), child, facts);
            }
        }
    }

    private static String key(Element parent, Element child) {
        String tag = child.getTagName();
        if (Xml.children(parent, tag).size() == 1) {
            return tag;
        }
        return KEYS.stream()
                .filter(child::hasAttribute)
                .findFirst()
                .map(key -> tag + "[" + child.getAttribute(key) + "]")
                .orElse(tag);
    }

    private static String value(Element element) {
        StringBuilder text = new StringBuilder();
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node.getNodeType() == Node.TEXT_NODE || node.getNodeType() == Node.CDATA_SECTION_NODE) {
                text.append(node.getNodeValue());
            }
        }
        String value = text.toString().strip();
        return value.isEmpty() || !element.hasAttribute("unit") ? value : value + " " + element.getAttribute("unit");
    }

    private static String joined(String path, String name) {
        return path.isEmpty() ? name : path + " " + name;
    }
}
