package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import dev.vmsnap.spi.VmDescription;
import java.util.Locale;

/** How refusals call things. */
final class Words {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Words() {}

    static String vm(Situation situation) {
        String name = situation
                .chosen()
                .or(() -> situation.sightings().stream().findFirst())
                .map(sighting -> sighting.vm().name())
                .filter(seen -> !seen.isBlank())
                .orElse(situation.record().name());
        return name.isBlank() ? "VM " + situation.record().vm() : "VM \"" + name + "\"";
    }

    static String theSnapshot(Snapshot snapshot) {
        return "S" + snapshot(snapshot).substring(1);
    }

    static String snapshot(Snapshot snapshot) {
        return "snapshot \"" + snapshot.name() + "\" (" + snapshot.id() + ")";
    }

    static String disk(VmDescription.Disk disk) {
        return "Disk " + disk.target()
                + disk.source().map(source -> " (" + source + ")").orElse("");
    }

    static String count(int snapshots) {
        return snapshots == 1 ? "1 snapshot" : snapshots + " snapshots";
    }

    static String kind(StorageKind kind) {
        return switch (kind) {
            case FILE -> "file storage";
            case NAS -> "NAS";
            case LOCAL_LVM -> "local LVM";
            case NETWORK_LVM -> "network LVM";
            case RBD -> "Ceph RBD";
            case OTHER -> "storage of an unknown kind";
        };
    }

    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
