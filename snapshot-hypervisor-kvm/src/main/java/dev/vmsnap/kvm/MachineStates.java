package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads and brings back what machines keep outside their disks. A part that is not there yet, because the VM was never
 * started, is remembered as empty text, and bringing that back removes it: the next start makes a new one.
 */
final class MachineStates {
    private static final String NONE = "";
    private static final String TPM = "tpm/";

    private final Guests guests;
    private final Daemon daemon;
    private final StateFiles files;

    MachineStates(Guests guests, Daemon daemon, StateFiles files) {
        this.guests = guests;
        this.daemon = daemon;
        this.files = files;
    }

    private record Seen(PowerState power, String xml) {}

    Map<String, String> read(VmId vm) {
        Seen seen = guests.ask(vm, "read the configuration of", domain -> {
            PowerState power = domain.state().power();
            int flags = power.isActive() ? Virt.XML_MIGRATABLE : Virt.XML_INACTIVE;
            return new Seen(power, domain.xml(Virt.XML_SECURE | flags));
        });
        return read(
                MachinePlaces.of(DomainXml.parse(seen.xml()), daemon),
                seen.power().isActive());
    }

    Map<String, String> read(MachinePlaces places, boolean started) {
        Map<String, String> state = new TreeMap<>();
        places.flash().forEach((part, path) -> {
            // Of a file system that is not mounted nothing can be said.
            if (!files.exists(StateFiles.parent(path))) {
                throw Failures.of(Reason.MISSING, "there is no directory for " + path);
            }
            state.put(part, needed(started, part, path));
        });
        places.tpm().ifPresent(tpm -> {
            for (String name : tpm.names()) {
                if (name.equals(tpm.permanent())) {
                    state.put(TPM + name, needed(started, name, tpm.file(name)));
                } else {
                    files.read(tpm.file(name)).ifPresent(bytes -> state.put(TPM + name, Packed.pack(bytes)));
                }
            }
        });
        return state;
    }

    private String needed(boolean started, String part, String path) {
        Optional<byte[]> bytes = files.read(path);
        if (bytes.isPresent()) {
            return Packed.pack(bytes.get());
        }
        if (started) {
            throw Failures.of(Reason.MISSING, "the VM runs, but its " + part + " is not at " + path);
        }
        return NONE;
    }

    void write(VmId vm, Map<String, String> state) {
        if (state.isEmpty()) {
            return;
        }
        String xml = guests.ask(vm, "read the configuration of", domain -> {
            if (domain.state().power().isActive()) {
                throw Failures.of(Reason.IN_USE, "VM " + vm + " is not off");
            }
            return domain.xml(Virt.XML_SECURE | Virt.XML_INACTIVE);
        });
        write(MachinePlaces.of(DomainXml.parse(xml), daemon), state);
    }

    void write(MachinePlaces places, Map<String, String> state) {
        // All of it is understood before the first file is touched.
        Map<String, Optional<byte[]>> parts = new LinkedHashMap<>();
        state.forEach((part, text) ->
                parts.put(part, text.equals(NONE) ? Optional.empty() : Optional.of(Packed.unpack(text))));
        places.flash().forEach((part, path) -> {
            if (parts.containsKey(part)) {
                replace(path, content(parts, part));
            }
        });
        places.tpm().filter(tpm -> parts.containsKey(TPM + tpm.permanent())).ifPresent(tpm -> replace(tpm, parts));
    }

    private void replace(MachinePlaces.Tpm tpm, Map<String, Optional<byte[]>> parts) {
        boolean any = content(parts, TPM + tpm.permanent()).isPresent();
        if (any) {
            files.makeDirectories(StateFiles.parent(tpm.directory()), tpm.directory());
        }
        for (String name : tpm.names()) {
            replace(tpm.file(name), content(parts, TPM + name));
        }
        if (!any) {
            // libvirt makes a new TPM only where there is no directory of an old one.
            files.remove(tpm.file(".lock"));
            files.removeDirectory(tpm.directory());
        }
    }

    private static Optional<byte[]> content(Map<String, Optional<byte[]>> parts, String part) {
        return parts.getOrDefault(part, Optional.empty());
    }

    private void replace(String path, Optional<byte[]> content) {
        if (content.isPresent()) {
            files.write(path, content.get());
        } else {
            files.remove(path);
        }
    }
}
