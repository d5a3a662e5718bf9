package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * QEMU's command line as libvirt would write it for a domain: it tells the places that libvirt chooses by itself, which no
 * configuration of a domain that is off does.
 *
 * @param options the options that are JSON
 */
record NativeCommand(List<JsonObject> options) {
    /** What libvirt calls this form. */
    static final String FORMAT = "qemu-argv";

    private static final String VARIABLES_NODE = "libvirt-pflash1-storage";
    private static final String KEY = "masterKey0";
    private static final char QUOTE = '\'';

    /** As much of a domain as those places depend on; more could only fail for want of something on the node. */
    static String question(DomainXml domain) {
        Document document = Xml.empty();
        Element root = document.createElement("domain");
        root.setAttribute("type", domain.root().getAttribute("type"));
        document.appendChild(root);
        for (String name : List.of("name", "uuid", "memory", "os", "features")) {
            Xml.at(domain.root(), name).ifPresent(part -> root.appendChild(document.importNode(part, true)));
        }
        Element devices = document.createElement("devices");
        root.appendChild(devices);
        Xml.at(domain.root(), "devices", "emulator")
                .ifPresent(emulator -> devices.appendChild(document.importNode(emulator, true)));
        return Xml.write(document);
    }

    static NativeCommand parse(String command) {
        List<JsonObject> options = new ArrayList<>();
        for (String word : words(command)) {
            if (word.startsWith("{")) {
                try {
                    options.add(JsonParser.parseString(word).getAsJsonObject());
                } catch (JsonParseException | IllegalStateException e) {
                    throw Failures.of(
                            dev.vmsnap.DriverException.Reason.BROKEN, "libvirt's command line is not readable", e);
                }
            }
        }
        return new NativeCommand(options);
    }

    /** The file of the UEFI variables; empty when the firmware has none. */
    Optional<String> variables() {
        return options.stream()
                .filter(option -> Json.text(option, "node-name", "").equals(VARIABLES_NODE))
                .findFirst()
                .flatMap(option -> Json.text(option, "filename"));
    }

    /** Returns whether the firmware keeps its variables in a device of QEMU's, as libvirt 12.1 and QEMU 10 can. */
    boolean keepsVariablesItself() {
        return options.stream()
                .anyMatch(option -> Json.text(option, "driver", "").startsWith("uefi-vars"));
    }

    /**
     * The directory that holds the state of emulated TPMs, one directory for each VM. It lies beside libvirt's own for QEMU,
     * for the system's daemon and for a user's.
     */
    String tpmDirectory() {
        String key = options.stream()
                .filter(option -> Json.text(option, "id", "").equals(KEY))
                .findFirst()
                .flatMap(option -> Json.text(option, "file"))
                .orElseThrow(() -> Failures.broken("libvirt does not tell where it keeps the state of TPMs"));
        // LIBRARY/domain-N-NAME/master-key.aes
        return StateFiles.parent(StateFiles.parent(StateFiles.parent(key))) + "/swtpm";
    }

    /** The words of a command line for a shell, as libvirt quotes them. */
    private static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at < command.length(); at++) {
            char letter = command.charAt(at);
            if (letter == QUOTE) {
                quoted = !quoted;
            } else if (letter == '\\' && !quoted && at + 1 < command.length()) {
                at++;
                word.append(command.charAt(at));
            } else if (Character.isWhitespace(letter) && !quoted) {
                words.add(word.toString());
                word.setLength(0);
            } else {
                word.append(letter);
            }
        }
        words.add(word.toString());
        return words;
    }
}
