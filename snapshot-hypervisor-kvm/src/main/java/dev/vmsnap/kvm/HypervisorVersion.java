package dev.vmsnap.kvm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/**
 * What answered on a node: the text of it stands in the record of each snapshot.
 *
 * @param qemu the numbers of QEMU's version; empty when the text does not tell
 * @param processor the node's processor; empty when the text does not tell
 */
record HypervisorVersion(List<Integer> qemu, String processor) {
    private static final Pattern QEMU = Pattern.compile("QEMU (\\d{1,6}(?:\\.\\d{1,6}){1,3})");
    private static final String PROCESSOR = ", processor ";

    static HypervisorVersion of(String text) {
        Matcher qemu = QEMU.matcher(text);
        int at = text.indexOf(PROCESSOR);
        return new HypervisorVersion(
                qemu.find()
                        ? Arrays.stream(qemu.group(1).split("\\.", -1))
                                .map(Integer::valueOf)
                                .toList()
                        : List.of(),
                at < 0 ? "" : text.substring(at + PROCESSOR.length()));
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
        if (!qemu.isEmpty() && older(then)) {
            return Optional.of("its QEMU " + dotted(qemu) + " is older than QEMU " + dotted(then.qemu())
                    + ", which has saved the RAM");
        }
        boolean other = !processor.isEmpty() && !then.processor().isEmpty() && !processor.equals(then.processor());
        return ofTheNode && other
                ? Optional.of("its processor (" + processor + ") is another than the one that the RAM was saved on ("
                        + then.processor() + "), which the VM has as it is")
                : Optional.empty();
    }

    private boolean older(HypervisorVersion then) {
        for (int i = 0; i < Math.min(qemu.size(), then.qemu().size()); i++) {
            int order = Integer.compare(qemu.get(i), then.qemu().get(i));
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
