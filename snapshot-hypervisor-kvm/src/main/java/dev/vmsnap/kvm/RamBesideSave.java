package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VmDescription.Disk;
import java.time.Duration;
import java.util.List;

/**
 * Saves the RAM of a held guest to a file or device, as a snapshot of libvirt's without disks and without a record. The
 * guest stays held whatever happens: libvirt lets go on only what it has held itself.
 */
final class RamBesideSave {
    /** Looks like one of ours, so that it is cleared away should libvirt ever remember it. */
    private static final String NAME = "vmsnap-ram";

    private final Link link;
    private final Guests guests;
    private final Listening listening;
    private final Commands commands;

    RamBesideSave(Link link, Guests guests, Listening listening, Commands commands) {
        this.link = link;
        this.guests = guests;
        this.listening = listening;
        this.commands = commands;
    }

    long save(VmId vm, String target, DriverCall call) {
        requireHeld(vm);
        guests.requireDisks(vm);
        Place place = Place.at(target, commands);
        place.close();
        DomainXml domain = DomainXml.parse(guests.ask(vm, "read", live -> live.xml(0)));
        List<String> disks = domain.disks().stream().map(Disk::target).toList();
        Duration limit = RamRestore.limit(domain.memoryBytes());
        long usual = listening.begin(vm);
        try {
            new SaveJob(link, guests, vm, call).run(SnapshotXml.ramOnly(NAME, target, disks), limit);
        } finally {
            listening.end(vm, usual);
        }
        place.flush(limit);
        requireHeld(vm);
        return SaveImage.in(Place.at(target, commands)).neededBytes(counted(vm));
    }

    private void requireHeld(VmId vm) {
        PowerState power = guests.power(vm);
        if (power == PowerState.OFF) {
            throw Failures.off(vm);
        }
        if (power != PowerState.PAUSED) {
            throw Failures.broken("VM " + vm + " is not held: its RAM would not fit its disks");
        }
    }

    /** How many bytes QEMU says that it has written. */
    private long counted(VmId vm) {
        JsonObject migration =
                guests.query(vm, "query-migrate", Link.SHORT).orThrow().getAsJsonObject();
        if (!Json.text(migration, "status", "").equals("completed")) {
            throw Failures.broken("QEMU has not written the RAM of VM " + vm + " to its end");
        }
        return Json.object(migration, "ram")
                .map(ram -> Json.number(ram, "transferred"))
                .orElse(0L);
    }
}
