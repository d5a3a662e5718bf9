package dev.vmsnap.it;

import dev.vmsnap.PowerState;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.DiskCounter;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.TestCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** A ticker guest behind the KVM driver alone, without the engine, that was booted and ticks. */
final class BareGuest {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Lab lab;
    private final TickerGuest guest;
    private final KvmHypervisor kvm;
    private final VmId vm;
    private final Console console;

    private BareGuest(Lab lab, TickerGuest guest) {
        this.lab = lab;
        this.guest = guest;
        lab.define(guest);
        this.kvm = driver(lab);
        this.vm = VmId.of(lab.virsh("domuuid", guest.name()).strip());
        this.console = new Console(guest.serialLog());
    }

    static BareGuest boot(Lab lab, TickerGuest wanted) {
        BareGuest booted = new BareGuest(lab, wanted);
        booted.kvm.start(booted.vm, false);
        booted.console.awaitBoot(PATIENCE);
        booted.console.awaitTick(PATIENCE);
        return booted;
    }

    /** A guest on two raw disks. */
    static TickerGuest raw(Lab lab) {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        return guest.withDisks(guest.disks().stream()
                .map(disk -> new GuestDisk(
                        disk.file().resolveSibling(disk.file().getFileName() + ".raw"),
                        GuestDisk.Format.RAW,
                        disk.sizeMiB()))
                .toList());
    }

    /** A driver of its own; closed after the test. */
    static KvmHypervisor driver(Lab lab) {
        KvmHypervisor driver = KvmHypervisor.connect(lab.uri());
        lab.cleanUp(driver::close);
        return driver;
    }

    KvmHypervisor kvm() {
        return kvm;
    }

    VmId vm() {
        return vm;
    }

    TickerGuest guest() {
        return guest;
    }

    Console console() {
        return console;
    }

    VmDescription found() {
        return kvm.find(vm).orElseThrow();
    }

    PowerState power() {
        return found().power();
    }

    TestCall call() {
        return new TestCall(found(), kvm);
    }

    List<Volume> volumes() {
        return IntStream.range(0, guest.disks().size())
                .mapToObj(i -> new Volume(
                        TickerGuest.target(i),
                        guest.disks().get(i).file().toString(),
                        guest.disks().get(i).format().qemuName(),
                        StorageKind.FILE,
                        "file",
                        OptionalLong.empty()))
                .toList();
    }

    /** Lets the guest count on for a while. */
    long tickOn() {
        console.skip();
        long now = console.awaitTick(PATIENCE);
        return console.awaitTickAfter(now + 4, PATIENCE);
    }

    /** Copies the disks, which nothing may be writing to. */
    List<Path> copyDisks() {
        return guest.disks().stream()
                .map(disk -> copy(disk.file(), Path.of(disk.file() + ".kept")))
                .toList();
    }

    void bringDisksBack(List<Path> copies) {
        for (int i = 0; i < copies.size(); i++) {
            copy(copies.get(i), guest.disks().get(i).file());
        }
    }

    /** The counters on the disks of the guest, which is off. */
    List<Long> counters() {
        return guest.disks().stream().map(BareGuest::counter).toList();
    }

    /** A file for RAM as a storage makes it. */
    String newTarget() {
        return newTarget(lab.directory());
    }

    String newTarget(Path directory) {
        Path target = directory.resolve(lab.newName() + ".ram");
        Shell.run("install", "-m", "600", "/dev/null", target.toString());
        return target.toString();
    }

    private static Path copy(Path from, Path to) {
        try {
            return Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long counter(GuestDisk disk) {
        try {
            return DiskCounter.read(disk).orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
