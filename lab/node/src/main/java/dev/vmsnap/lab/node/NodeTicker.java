package dev.vmsnap.lab.node;

import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.DiskCounter;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.GuestFiles;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A ticker guest on a node: its disks, its log and its domain are there, and libvirt is told by {@code virsh} there, so
 * that a test sees it without the library. Not for several threads.
 */
public final class NodeTicker {
    private static final Path LOGS = Path.of("/var/log/guests");
    private static final int DISK_MIB = 64;

    private final LabNode node;
    private final TickerGuest guest;
    private final Console console;

    private NodeTicker(LabNode node, TickerGuest guest) {
        this.node = node;
        this.guest = guest;
        this.console = new Console(new NodeLog(node, guest.serialLog().toString()));
    }

    /** A guest whose disks and log lie on the node; nothing is done yet. */
    public static NodeTicker of(LabNode node, TickerGuest guest) {
        return new NodeTicker(node, guest);
    }

    /**
     * A guest of 32 MiB on raw devices, such as logical volumes, that are there and active.
     *
     * @param devices one to three paths below {@code /dev}
     */
    public static NodeTicker onDevices(LabNode node, String name, List<String> devices) {
        List<GuestDisk> disks = devices.stream()
                .map(device -> new GuestDisk(Path.of(device), GuestDisk.Format.RAW, DISK_MIB))
                .toList();
        return of(node, TickerGuest.in(LOGS, name, disks.size()).withDisks(disks));
    }

    /** The same guest, its disks as they are, on another node. */
    public NodeTicker on(LabNode other) {
        return new NodeTicker(other, guest);
    }

    public LabNode node() {
        return node;
    }

    public TickerGuest guest() {
        return guest;
    }

    /** What it prints on this node. */
    public Console console() {
        return console;
    }

    /** Writes the guest to its first disk and clears the records of the others; files are made, devices must be there. */
    public NodeTicker createDisks() {
        try {
            node.run("mkdir", "-p", directory());
            guest.createDisks(files());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Defines the domain, switched off. */
    public NodeTicker define() {
        String xml = directory() + "/" + guest.name() + ".xml";
        node.run("mkdir", "-p", directory());
        node.write(guest.domainXml().getBytes(StandardCharsets.UTF_8), xml);
        virsh("define", xml);
        return this;
    }

    /** Switches it on and waits for its boot; what its disks held then is in the answer. */
    public Console.Boot start(Duration atMost) {
        virsh("start", guest.name());
        return console.awaitBoot(atMost);
    }

    /** Cuts its power; does nothing if it is off. */
    public void destroy() {
        if (!state().equals("shut off")) {
            virsh("destroy", guest.name());
        }
    }

    /** Cuts its power and has libvirt forget it; does nothing if libvirt does not know it. */
    public void remove() {
        node.attempt("virsh", "-q", "destroy", guest.name());
        node.attempt("virsh", "-q", "undefine", guest.name(), "--managed-save", "--snapshots-metadata");
    }

    /** What libvirt calls its state: {@code running}, {@code paused}, {@code shut off}. */
    public String state() {
        return virsh("domstate", guest.name());
    }

    /** libvirt's id of it. */
    public String uuid() {
        return virsh("domuuid", guest.name());
    }

    /** Presses a key: {@code X} breaks it, {@code V} has it look at its RAM. */
    public void press(char key) {
        virsh("send-key", guest.name(), "KEY_" + key);
    }

    /** Asks the running guest whether the RAM that it filled is what it was. */
    public boolean isRamIntact(Duration atMost) {
        press('V');
        return console.awaitRamIntact(atMost);
    }

    /** The next tick that it prints from now on. */
    public long tickNow(Duration atMost) {
        console.skip();
        return console.awaitTick(atMost);
    }

    /** Lets it count on for a while. */
    public long tickOn(Duration atMost) {
        return console.awaitTickAfter(tickNow(atMost) + 4, atMost);
    }

    /** The counter of each disk, the first disk first; -1 where there is none. Files must not be in use. */
    public List<Long> counters() {
        return guest.disks().stream().map(disk -> counter(disk).orElse(-1)).toList();
    }

    /** The counter of an image on the guest's node, such as a copy of its disk; empty if it holds none. */
    public OptionalLong counter(GuestDisk disk) {
        if (disk.format() == GuestDisk.Format.RAW) {
            return counter(node, disk.file().toString());
        }
        try {
            return DiskCounter.read(disk, files());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The counter on any raw disk of a node, as on a snapshot's volume; empty if it holds none. */
    public static OptionalLong counter(LabNode node, String path) {
        return DiskCounter.of(node.read(path, 1, 1));
    }

    private String directory() {
        return guest.serialLog().resolveSibling("").toString();
    }

    private String virsh(String... arguments) {
        return node.run(
                Stream.concat(Stream.of("virsh", "-q"), Stream.of(arguments)).toArray(String[]::new));
    }

    private GuestFiles files() {
        return new GuestFiles() {
            @Override
            public String run(List<String> command) throws IOException {
                Execution execution = node.attempt(command.toArray(String[]::new));
                if (execution.exitCode() != 0) {
                    throw new IOException(String.join(" ", command) + " on " + node.name() + ": " + execution.errors());
                }
                return execution.output();
            }

            @Override
            public void write(Path file, byte[] content) {
                node.write(content, file.toString());
            }
        };
    }
}
