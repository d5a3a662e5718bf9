package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.DiskCounter;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** A host application with one ticker guest: the library wired as in production, and independent eyes on the guest. */
final class Host extends TickingHost {
    private final Lab lab;
    private final TickerGuest guest;

    private Host(Lab lab, String uri, TickerGuest guest, UnaryOperator<SnapshotEngine.Builder> more) {
        super(
                new Console(guest.serialLog()),
                engine(lab, uri, JdbcStore.sqlite(store(lab)), more),
                VmId.of(lab.virsh("domuuid", guest.name()).strip()));
        this.lab = lab;
        this.guest = guest;
    }

    /** Defines a guest and wires an engine to it; the guest is off. */
    static Host of(Lab lab, TickerGuest guest) {
        return of(lab, guest, builder -> builder);
    }

    static Host of(Lab lab, TickerGuest guest, UnaryOperator<SnapshotEngine.Builder> more) {
        lab.define(guest);
        return new Host(lab, lab.uri(), guest, more);
    }

    /** A host on another machine than its node, which it reaches by that URI; the guest is off. */
    static Host away(Lab lab, String uri, TickerGuest guest) {
        lab.define(guest);
        return new Host(lab, uri, guest, builder -> builder);
    }

    static Host ofDisks(Lab lab, int disks) {
        return of(lab, TickerGuest.in(lab.directory(), lab.newName(), disks));
    }

    /** An engine as a host wires it; closed after the test. */
    static VmSnapshots engine(Lab lab, SnapshotStore store, UnaryOperator<SnapshotEngine.Builder> more) {
        return engine(lab, lab.uri(), store, more);
    }

    static VmSnapshots engine(Lab lab, String uri, SnapshotStore store, UnaryOperator<SnapshotEngine.Builder> more) {
        VmSnapshots engine = more.apply(SnapshotEngine.builder()
                        .node("node-1", KvmHypervisor.connect(uri))
                        .storage(new FileStorage())
                        .store(store))
                .build();
        lab.cleanUp(engine::close);
        return engine;
    }

    static Path store(Lab lab) {
        return lab.directory().resolve("snapshots.db");
    }

    Lab lab() {
        return lab;
    }

    TickerGuest guest() {
        return guest;
    }

    Host boot() {
        lab.virsh("start", guest.name());
        console().awaitBoot(PATIENCE);
        console().awaitTick(PATIENCE);
        return this;
    }

    /** What libvirt says of the guest, without the library. */
    PowerState power() {
        return switch (lab.virsh("domstate", guest.name()).strip()) {
            case "running" -> PowerState.RUNNING;
            case "paused" -> PowerState.PAUSED;
            case "shut off" -> PowerState.OFF;
            default -> PowerState.OTHER;
        };
    }

    void powerOff() {
        if (power() != PowerState.OFF) {
            lab.virsh("destroy", guest.name());
        }
    }

    /** The counter of each disk of the stopped guest. */
    List<Long> diskCounters() {
        return guest.disks().stream().map(Host::counter).toList();
    }

    static long counter(GuestDisk disk) {
        try {
            OptionalLong counter = DiskCounter.read(disk);
            return counter.orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every image is sound; the guest must be off, since an image in use cannot be checked. */
    void assertImagesClean() {
        for (GuestDisk disk : guest.disks()) {
            Shell.Outcome check = Shell.attempt(
                    "qemu-img", "check", "-f", "qcow2", disk.file().toString());
            assertThat(check.exitCode()).as(check.output()).isZero();
        }
    }

    /** Names of the snapshots inside an image, by qemu-img alone. */
    List<String> inImage(GuestDisk disk) {
        String json = Shell.run(
                "qemu-img",
                "info",
                "-U",
                "--output=json",
                "-f",
                "qcow2",
                disk.file().toString());
        JsonArray found = JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("snapshots");
        return found == null
                ? List.of()
                : found.asList().stream()
                        .map(s -> s.getAsJsonObject().get("name").getAsString())
                        .toList();
    }
}
