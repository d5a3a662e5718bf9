package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.Volume;
import dev.vmsnap.lab.guest.DiskCounter;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.ImageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Disks of a real guest are copied while it runs and while it is off; the counters on the copies are the proof. */
@Timeout(300)
final class CloneTest {
    private static final String COPYING = "copy the disks";

    @RegisterExtension
    final Lab lab = new Lab();

    private final List<Progress> told = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch watched = new CountDownLatch(0);
    private Path copies;
    private Host host;

    @BeforeEach
    void bootAGuest() throws IOException {
        copies = Files.createDirectory(lab.directory().resolve("copies"));
        ExecutorService workers = Executors.newCachedThreadPool();
        lab.cleanUp(workers::shutdown);
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        host = Host.of(lab, guest, builder -> builder.executor(workers).events(this::waitForTheListener))
                .boot();
    }

    private void waitForTheListener(SnapshotEvent event) {
        if (event.detail().startsWith(COPYING)) {
            try {
                watched.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void copiesAreOfOneInstantWithoutSnapshotsAndLeaveTheGuestAlone() throws IOException {
        long beforeRam = host.tickNow();
        Snapshot ram = host.createWithRam("with RAM");
        long atRam = host.console().lastTick().orElseThrow();
        host.tickOn();

        Operation<List<Volume>> unwanted = begin(Intent.Clone.of(places("unwanted")));
        Runnable cancel = unwanted::cancel;
        watch(unwanted, progress -> {
            // The second time is while qemu-img is at work.
            if (told.stream().filter(p -> p.step().startsWith(COPYING)).count() == 2) {
                cancel.run();
            }
        });
        assertThatThrownBy(unwanted::await).isInstanceOf(CancelledException.class);
        assertThat(names()).isEmpty();
        assertOnlyTheOriginalsSnapshot(ram);

        long before = host.tickOn();
        told.clear();
        Operation<List<Volume>> present = begin(Intent.Clone.of(places("present")));
        watch(present, progress -> {});
        assertThat(present.await())
                .extracting(Volume::source)
                .containsExactly(place("present", 0), place("present", 1));
        long after = host.tickNow();
        assertOneInstant("present", before, after);
        assertThat(told)
                .filteredOn(progress -> progress.step().startsWith(COPYING))
                .hasSizeGreaterThan(4)
                .extracting(Progress::fraction)
                .isSorted();
        assertOnlyTheOriginalsSnapshot(ram);

        host.snapshots()
                .clone(host.vm(), Intent.Clone.of(ram.id(), places("then")), ADMIN)
                .await();
        assertOneInstant("then", beforeRam, atRam + 1);

        host.powerOff();
        host.snapshots().clone(host.vm(), Intent.Clone.of(places("off")), ADMIN).await();
        assertThat(counters("off")).isEqualTo(host.diskCounters());
        assertThat(names()).hasSize(6);
        assertOnlyTheOriginalsSnapshot(ram);
        assertRefused("off", copies, Refusal.Code.DESTINATION_INVALID);
        assertRefused("full", lab.memoryFileSystem(1 << 16), Refusal.Code.NO_SPACE);
    }

    private Operation<List<Volume>> begin(Intent.Clone what) {
        watched = new CountDownLatch(1);
        return host.snapshots().clone(host.vm(), what, ADMIN);
    }

    private void watch(Operation<List<Volume>> operation, Consumer<Progress> listener) {
        operation.onProgress(told::add);
        operation.onProgress(listener);
        watched.countDown();
    }

    private String place(String name, int disk) {
        return copies.resolve(name + "-" + TickerGuest.target(disk) + ".qcow2").toString();
    }

    private Map<String, String> places(String name) {
        return Map.of("vda", place(name, 0), "vdb", place(name, 1));
    }

    private void assertRefused(String name, Path where, Refusal.Code code) {
        String place = where.resolve(Path.of(place(name, 0)).getFileName()).toString();
        assertThat(host.snapshots()
                        .check(host.vm(), Intent.Clone.of(Map.of("vda", place)), ADMIN)
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(code);
    }

    private void assertOneInstant(String name, long from, long to) throws IOException {
        List<Long> found = counters(name);
        assertThat(found).hasSize(2).allSatisfy(counter -> assertThat(counter).isBetween(from, to));
        assertThat(found.get(1) - found.get(0)).isBetween(0L, 1L);
    }

    private List<Long> counters(String name) throws IOException {
        return List.of(counter(place(name, 0)), counter(place(name, 1)));
    }

    private long counter(String copy) throws IOException {
        GuestDisk disk = new GuestDisk(Path.of(copy), GuestDisk.Format.QCOW2, 64);
        assertThat(host.inImage(disk)).isEmpty();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk.file())))
                .isEqualTo("rw-------");
        assertThat(Shell.attempt("qemu-img", "check", "-f", "qcow2", copy).exitCode())
                .isZero();
        return DiskCounter.read(disk).orElseThrow();
    }

    private void assertOnlyTheOriginalsSnapshot(Snapshot only) {
        assertThat(host.tree().snapshots()).extracting(Snapshot::id).containsExactly(only.id());
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).containsExactly(ImageInfo.tag(only.id()));
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(copies)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
