package dev.vmsnap.kvm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.w3c.dom.Element;

/**
 * What answered on a node: the text of it stands in the record of each snapshot.
 *
 * @param qemu the numbers of QEMU's version; empty when the text does not tell
 * @param processor the node's processor; empty when the text does not tell
 */
record HypervisorVersion(List<Integer> qemu, String processor) {
    private static final Pattern QEMU = Pattern.compile("QEMU (\\d{1,6}(?:\\.\\d{1,6}){1,3})");
    private static final Pattern LIBVIRT = Pattern.compile("libvirt (\\d{1,6}(?:\\.\\d{1,6}){1,3})");
    private static final String PROCESSOR = ", processor ";

    static HypervisorVersion of(String text) {
        int at = text.indexOf(PROCESSOR);
        return new HypervisorVersion(
                numbers(QEMU.matcher(text)), at < 0 ? "" : text.substring(at + PROCESSOR.length()));
    }

    /** Lists what of a node is older than the oldest versions that this driver is tested with, one phrase for each. */
    static List<String> outdated(String text) {
        return Stream.of(
                        outdated("libvirt", numbers(LIBVIRT.matcher(text)), List.of(9, 0)),
                        outdated("QEMU", numbers(QEMU.matcher(text)), List.of(7, 2)))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<String> outdated(String name, List<Integer> has, List<Integer> needs) {
        return older(has, needs)
                ? Optional.of(name + " " + dotted(has) + " is older than " + dotted(needs))
                : Optional.empty();
    }

    private static List<Integer> numbers(Matcher version) {
        return version.find()
                ? Arrays.stream(version.group(1).split("\\.", -1))
                        .map(Integer::valueOf)
                        .toList()
                : List.of();
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

    private static boolean older(List<Integer> one, List<Integer> other) {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            int order = Integer.compare(one.get(i), other.get(i));
            if (order != 0) {
                return order < 0;
            }
        }
        return false;
    }

    private static String dotted(List<Integer> numbers) {
        return String.join(".", numbers.stream().map(String::valueOf).toList());
    }
}
