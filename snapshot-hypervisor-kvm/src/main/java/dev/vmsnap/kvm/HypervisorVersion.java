package dev.vmsnap.kvm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/**
 * Holds the versions on a node, which stand as a text in the receipt of each snapshot. {@link VersionRule} says what
 * follows from them.
 *
 * @param libvirt the numbers of libvirt's version; empty if the text has none
 * @param qemu the numbers of QEMU's version; empty if the text has none
 * @param processor the node's processor; empty if the text has none
 */
record HypervisorVersion(List<Integer> libvirt, List<Integer> qemu, String processor) {
    private static final Pattern QEMU = Pattern.compile("QEMU (\\d{1,6}(?:\\.\\d{1,6}){1,3})");
    private static final Pattern LIBVIRT = Pattern.compile("libvirt (\\d{1,6}(?:\\.\\d{1,6}){1,3})");
    private static final String PROCESSOR = ", processor ";

    static HypervisorVersion of(String text) {
        int at = text.indexOf(PROCESSOR);
        return new HypervisorVersion(
                numbers(LIBVIRT.matcher(text)),
                numbers(QEMU.matcher(text)),
                at < 0 ? "" : text.substring(at + PROCESSOR.length()));
    }

    /** Returns the phrases of all rules that hold for these versions and concern this. */
    List<String> obstacles(VersionRule.Concern concern) {
        return Arrays.stream(VersionRule.values())
                .filter(rule -> rule.concern() == concern && rule.holds(this))
                .map(rule -> rule.phrase(this))
                .toList();
    }

    private static List<Integer> numbers(Matcher version) {
        return version.find() ? numbers(version.group(1)) : List.of();
    }

    /** Parses a version of numbers with dots between them. */
    static List<Integer> numbers(String version) {
        return Arrays.stream(version.split("\\.", -1)).map(Integer::valueOf).toList();
    }

    /** What the record says of a node's processor: no name, which each libvirt has others for, but what it says itself. */
    static String processor(String capabilities) {
        Optional<Element> processor = Xml.at(Xml.parse(capabilities).getDocumentElement(), "host", "cpu");
        return processor
                .flatMap(cpu -> Xml.at(cpu, "signature"))
                .map(signature -> PROCESSOR
                        + Xml.textAt(processor.get(), "vendor")
                                .map(vendor -> vendor + " ")
                                .orElse("")
                        + signature.getAttribute("family") + "." + signature.getAttribute("model") + "."
                        + signature.getAttribute("stepping"))
                .orElse("");
    }

    /**
     * What keeps RAM of another one from being restored under this one.
     *
     * @param ofTheNode whether the VM has the node's own processor
     */
    Optional<String> obstacle(HypervisorVersion then, boolean ofTheNode) {
        if (older(qemu, then.qemu())) {
            return Optional.of("its QEMU " + dotted(qemu) + " is older than QEMU " + dotted(then.qemu())
                    + ", which has saved the RAM");
        }
        boolean other = !processor.isEmpty() && !then.processor().isEmpty() && !processor.equals(then.processor());
        return ofTheNode && other
                ? Optional.of("its processor (" + processor + ") is another than the one that the RAM was saved on ("
                        + then.processor() + "), which the VM has as it is")
                : Optional.empty();
    }

    /** Returns whether a version is older than another one, as far as both have numbers; false if one is not known. */
    static boolean older(List<Integer> one, List<Integer> other) {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            int order = Integer.compare(one.get(i), other.get(i));
            if (order != 0) {
                return order < 0;
            }
        }
        return false;
    }

    static String dotted(List<Integer> numbers) {
        return String.join(".", numbers.stream().map(String::valueOf).toList());
    }
}
