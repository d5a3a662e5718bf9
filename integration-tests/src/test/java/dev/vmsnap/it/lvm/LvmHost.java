package dev.vmsnap.it.lvm;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.it.TickingHost;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A host application with one ticker guest on volumes of a node: wired as in production, with eyes beside the library. */
final class LvmHost extends TickingHost {
    private static final int NOMINAL_MIB = 64;

    private final LvmLab lab;
    private final NodeTicker ticker;
    private final Events events;

    /** What the engine told. */
    private static final class Events {
        private final List<SnapshotEvent> all = new CopyOnWriteArrayList<>();
        private final Map<String, Runnable> beforeSteps = new ConcurrentHashMap<>();

        void take(SnapshotEvent event) {
            all.add(event);
            if (event.phase() == Phase.STEP) {
                beforeSteps.forEach((step, work) -> {
                    if (event.detail().startsWith(step)) {
                        work.run();
                    }
                });
            }
        }
    }

    private LvmHost(LvmLab lab, NodeTicker ticker, VmSnapshots snapshots, Events events) {
        super(ticker.console(), snapshots, VmId.of(ticker.uuid()));
        this.lab = lab;
        this.ticker = ticker;
        this.events = events;
    }

    /** Defines a guest on those disks and wires an engine to it; the guest is off. */
    static LvmHost of(LvmLab lab, String... disks) {
        return of(lab, LvmStorage.inVolumeGroup(LvmLab.GROUP), builder -> builder, disks);
    }

    static LvmHost of(LvmLab lab, LvmStorage storage, UnaryOperator<SnapshotEngine.Builder> more, String... disks) {
        NodeTicker ticker = NodeTicker.of(lab.node(), guest(lab.newName(), disks))
                .createDisks()
                .define();
        return of(lab, ticker, events -> lab.engine(storage, builder -> more.apply(builder.events(events))));
    }

    /** A host of a guest that is defined, with an engine that is wired in some other way. */
    static LvmHost of(LvmLab lab, NodeTicker ticker, Function<Consumer<SnapshotEvent>, VmSnapshots> wired) {
        Events events = new Events();
        return new LvmHost(lab, ticker, wired.apply(events::take), events);
    }

    /** The same guest and engine, seen where the guest is now. */
    LvmHost on(LabNode node) {
        return new LvmHost(lab, ticker.on(node), snapshots(), events);
    }

    /** A guest with those disks: devices, or images in qcow2. */
    static TickerGuest guest(String name, String... disks) {
        return TickerGuest.in(Path.of(LvmLab.FILES), name, disks.length)
                .withDisks(Stream.of(disks)
                        .map(disk -> new GuestDisk(
                                Path.of(disk),
                                disk.endsWith(".qcow2") ? GuestDisk.Format.QCOW2 : GuestDisk.Format.RAW,
                                NOMINAL_MIB))
                        .toList());
    }

    LvmLab lab() {
        return lab;
    }

    NodeTicker ticker() {
        return ticker;
    }

    /**
     * A snapshot of the running guest.
     *
     * @param tick the last tick that it printed before the cut
     * @param latest the last tick that it printed until the cut had ended; the same if it was held
     */
    record Saved(Snapshot snapshot, long tick, long latest) {
        SnapshotId id() {
            return snapshot.id();
        }
    }

    Saved save(String name, boolean ram) {
        AtomicLong tick = new AtomicLong();
        AtomicLong latest = new AtomicLong();
        before("snapshot the disks", () -> tick.set(console().lastTick().orElseThrow()));
        before("let the guest run on", () -> {
            tick.set(console().lastTick().orElseThrow());
            latest.set(tick.get());
        });
        before(
                "check what was saved",
                () -> latest.compareAndSet(0, console().lastTick().orElseThrow()));
        Snapshot snapshot = ram ? createWithRam(name) : create(name);
        return new Saved(snapshot, tick.get(), latest.get());
    }

    LvmHost boot() {
        ticker.start(PATIENCE);
        console().awaitTick(PATIENCE);
        return this;
    }

    /** What libvirt says of the guest, without the library. */
    PowerState power() {
        String state = ticker.state();
        return switch (state) {
            case "running" -> PowerState.RUNNING;
            case "paused" -> PowerState.PAUSED;
            case "shut off" -> PowerState.OFF;
            default -> throw new IllegalStateException("the guest is " + state);
        };
    }

    void powerOff() {
        ticker.destroy();
    }

    void suspend() {
        ticker.node().run("virsh", "-q", "suspend", ticker.guest().name());
    }

    void resume() {
        ticker.node().run("virsh", "-q", "resume", ticker.guest().name());
    }

    /** The counter of each disk; an image must not be in use. */
    List<Long> counters() {
        return ticker.counters();
    }

    List<SnapshotEvent> events(Phase phase) {
        return events.all.stream().filter(event -> event.phase() == phase).toList();
    }

    /** Has something done just before each step whose label begins so, while the operation waits. */
    void before(String step, Runnable work) {
        events.beforeSteps.put(step, work);
    }
}
