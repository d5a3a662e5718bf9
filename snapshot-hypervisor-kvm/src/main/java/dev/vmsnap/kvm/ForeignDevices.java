package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds devices that QEMU has and that libvirt does not know, for example a drive that somebody added through the monitor.
 * libvirt starts QEMU without them, and then QEMU does not load RAM that was saved with them.
 */
final class ForeignDevices {
    private static final Pattern PERIPHERAL = Pattern.compile("/machine/peripheral(-anon)?/([^/]+)(/.*)?");
    private static final Pattern ID = Pattern.compile("(?:^|[,{ ])\"?id\"?[=:] ?\"?([^,\"} ]+)");

    private final Set<String> known;
    private final boolean namelessIsKnown;

    private ForeignDevices(DomainXml domain) {
        List<String> arguments = domain.passthroughArguments();
        this.known = new HashSet<>(domain.deviceAliases());
        arguments.forEach(argument -> ID.matcher(argument).results().forEach(id -> known.add(id.group(1))));
        this.namelessIsKnown = !arguments.isEmpty();
    }

    /**
     * Compares.
     *
     * @param domain the configuration of an active domain
     * @param drives QEMU's answer to {@code query-block}
     * @param buses QEMU's answer to {@code query-pci}
     * @return one phrase for each device that has neither an alias nor an id among the arguments that the configuration passes
     *     to QEMU, which libvirt repeats at a start
     */
    static List<String> of(DomainXml domain, JsonElement drives, JsonElement buses) {
        ForeignDevices foreign = new ForeignDevices(domain);
        List<String> found = new ArrayList<>();
        Set<String> named = new LinkedHashSet<>();
        Json.objects(drives).forEach(drive -> foreign.of(drive).ifPresent(id -> {
            named.add(id);
            found.add("QEMU has a drive that libvirt does not know (" + id + ")");
        }));
        Json.objects(buses)
                .flatMap(bus -> devices(bus, "devices"))
                .map(device -> Json.text(device, "qdev_id", ""))
                .filter(id -> !id.isEmpty() && !foreign.known.contains(id) && named.add(id))
                .forEach(id -> found.add("QEMU has a device that libvirt does not know (" + id + ")"));
        return found;
    }

    /** Names the device of a drive that is attached to one that libvirt does not know. */
    private Optional<String> of(JsonObject drive) {
        String device = Json.text(drive, "qdev", "");
        Matcher peripheral = PERIPHERAL.matcher(device);
        if (peripheral.matches()) {
            boolean nameless = peripheral.group(1) != null;
            String id = peripheral.group(2);
            return nameless ? Optional.of(id).filter(any -> !namelessIsKnown) : unknown(id);
        }
        // QEMU names a device by its id, if it has one, and one of the machine's own by another path.
        return device.isEmpty() || device.startsWith("/") ? Optional.empty() : unknown(device);
    }

    private Optional<String> unknown(String id) {
        return known.contains(id) ? Optional.empty() : Optional.of(id);
    }

    private static Stream<JsonObject> devices(JsonObject parent, String name) {
        return Json.objects(parent, name)
                .flatMap(device -> Stream.concat(
                        Stream.of(device),
                        Json.object(device, "pci_bridge").stream().flatMap(bridge -> devices(bridge, "devices"))));
    }
}
