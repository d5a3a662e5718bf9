package dev.vmsnap.benchmarks;

import dev.vmsnap.VmId;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A ticker guest behind the benchmark's own libvirt daemon. */
final class Guest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String uri;
    private final TickerGuest guest;
    private final Console console;
    private final VmId vm;

    private Guest(String uri, TickerGuest guest, VmId vm) {
        this.uri = uri;
        this.guest = guest;
        this.console = new Console(guest.serialLog());
        this.vm = vm;
    }

    /** Makes a guest with two disks; it is off. */
    static Guest make(Path directory, String uri, String name, int memoryMiB, int fillMiB) {
        TickerGuest guest = TickerGuest.in(directory, name, 2).withMemory(memoryMiB, fillMiB);
        try {
            guest.createDisks();
            Path xml = Files.writeString(directory.resolve(name + ".xml"), guest.domainXml());
            Shell.run("virsh", "-q", "-c", uri, "define", xml.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Guest(uri, guest, VmId.of(Shell.run("virsh", "-q", "-c", uri, "domuuid", name)));
    }

    void start() {
        virsh("start");
        awaitBoot();
    }

    void destroy() {
        virsh("destroy");
    }

    /** Waits until the guest has booted and counts, so that its boot does not disturb what is measured next. */
    void awaitBoot() {
        console.awaitBoot(PATIENCE);
        console.awaitTick(PATIENCE);
    }

    String virsh(String verb, String... arguments) {
        String[] command = new String[6 + arguments.length];
        System.arraycopy(new String[] {"virsh", "-q", "-c", uri, verb, name()}, 0, command, 0, 6);
        System.arraycopy(arguments, 0, command, 6, arguments.length);
        return Shell.run(command);
    }

    VmId vm() {
        return vm;
    }

    String name() {
        return guest.name();
    }

    String uri() {
        return uri;
    }

    /** The files of its disks. */
    String[] files() {
        return guest.disks().stream().map(disk -> disk.file().toString()).toArray(String[]::new);
    }
}
