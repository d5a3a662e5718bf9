package dev.vmsnap.testkit;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one source (a file, a logical volume) holds: its content, and the snapshots of it. VMs on any node of the
 * datacenter that name the source share it. What a test does here happens behind the drivers' backs. Thread-safe.
 */
public final class InMemoryDisk {
    static final long SNAPSHOT_BYTES = 1 << 20;
    private static final long ONE_GIB = 1L << 30;

    private final Object lock;
    private final String source;
    private final Map<String, Saved> snapshots = new LinkedHashMap<>();
    private final Map<String, Long> used = new LinkedHashMap<>();
    private final Map<String, Long> reservations = new LinkedHashMap<>();
    private final List<String> bitmaps = new ArrayList<>();
    private String content = "";
    private long virtualBytes = ONE_GIB;
    private long leakedBytes;
    private boolean corrupt;
    private boolean openElsewhere;
    private Chain chain = Chain.NONE;
    private Optional<Reason> failing = Optional.empty();
    private Optional<String> detached = Optional.empty();
    private boolean forgotten;

    /** One saved content, and in the first disk of a snapshot with RAM the RAM. */
    record Saved(String content, long virtualBytes, Optional<String> ram, long ramBytes, long takenBytes) {}

    InMemoryDisk(Object lock, String source) {
        this.lock = lock;
        this.source = source;
    }

    /**
     * Returns where it is.
     *
     * @return a path or device
     */
    public String source() {
        return source;
    }

    /**
     * Returns what it holds now.
     *
     * @return empty for a fresh disk
     */
    public String content() {
        synchronized (lock) {
            return content;
        }
    }

    /**
     * Replaces what it holds, whoever uses it.
     *
     * @param next the content
     */
    public void overwrite(String next) {
        synchronized (lock) {
            content = next;
        }
    }

    /**
     * Returns the size that a guest sees.
     *
     * @return in bytes; 1 GiB unless {@link #resize} changed it
     */
    public long virtualBytes() {
        synchronized (lock) {
            return virtualBytes;
        }
    }

    /**
     * Changes the size that a guest sees.
     *
     * @param bytes at least 0
     */
    public void resize(long bytes) {
        synchronized (lock) {
            virtualBytes = bytes;
        }
    }

    /**
     * Returns the names of the snapshots that it has, ours and others'.
     *
     * @return the oldest first
     */
    public List<String> snapshots() {
        synchronized (lock) {
            return List.copyOf(snapshots.keySet());
        }
    }

    /**
     * Removes a snapshot of ours, as a person with {@code qemu-img} or {@code lvremove} would.
     *
     * @param id which; must be there
     */
    public void removeBehindOurBack(SnapshotId id) {
        synchronized (lock) {
            if (snapshots.remove(ImageInfo.tag(id)) == null) {
                throw new IllegalArgumentException(source + " has no snapshot " + id);
            }
        }
    }

    /**
     * Takes a snapshot that no record knows.
     *
     * @param name any name; one that {@link ImageInfo#tag} could have made passes for ours
     */
    public void addBehindOurBack(String name) {
        synchronized (lock) {
            save(name, SNAPSHOT_BYTES, Optional.empty(), 0);
        }
    }

    /**
     * Has a snapshot beside it take that much; with all of its room, its content is lost.
     *
     * @param id which; must be there
     * @param bytes what it takes from now on
     */
    public void fill(SnapshotId id, long bytes) {
        synchronized (lock) {
            if (!has(ImageInfo.tag(id))) {
                throw new IllegalArgumentException(source + " has no snapshot " + id);
            }
            used.put(ImageInfo.tag(id), bytes);
        }
    }

    /**
     * Returns what is allocated and used by nothing.
     *
     * @return in bytes
     */
    public long leakedBytes() {
        synchronized (lock) {
            return leakedBytes;
        }
    }

    /**
     * Has it leak.
     *
     * @param bytes what is allocated and used by nothing from now on
     */
    public void leak(long bytes) {
        synchronized (lock) {
            leakedBytes = bytes;
        }
    }

    /**
     * Gives it persistent dirty bitmaps, which forbid going back to a snapshot.
     *
     * @param names replace those it had
     */
    public void bitmaps(String... names) {
        synchronized (lock) {
            bitmaps.clear();
            bitmaps.addAll(List.of(names));
        }
    }

    /**
     * Marks it corrupt, or sound again.
     *
     * @param broken whether it is corrupt
     */
    public void corrupt(boolean broken) {
        synchronized (lock) {
            corrupt = broken;
        }
    }

    /**
     * Has something that is no VM of the datacenter hold it open.
     *
     * @param open whether something does
     */
    public void openElsewhere(boolean open) {
        synchronized (lock) {
            openElsewhere = open;
        }
    }

    /**
     * Puts it on other layers, as a tool that flattens or rebases an image does.
     *
     * @param layers the layers below it
     */
    public void basedOn(Chain layers) {
        synchronized (lock) {
            chain = layers;
        }
    }

    /**
     * Has storage drivers fail on it, for example because its directory is away or a tool is missing. It, its snapshots
     * and the guest that has it open stay as they are.
     *
     * @param reason the reason from now on; empty if drivers reach it again
     */
    public void failing(Optional<Reason> reason) {
        synchronized (lock) {
            failing = reason;
        }
    }

    /**
     * Has the file at its path be another one than the file that the hypervisor has open.
     *
     * @param why as in {@link ImageInfo#detached()} from now on
     */
    public void detached(Optional<String> why) {
        synchronized (lock) {
            detached = why;
        }
    }

    /**
     * Has the hypervisor forget the snapshots that the image holds, as QEMU does if a deletion fails half way.
     *
     * @param all whether it lists none of them from now on
     */
    public void forgotten(boolean all) {
        synchronized (lock) {
            forgotten = all;
        }
    }

    Chain chain() {
        synchronized (lock) {
            return chain;
        }
    }

    Optional<Reason> failing() {
        return failing;
    }

    Optional<String> detached() {
        return detached;
    }

    void become(InMemoryDisk other, boolean whole) {
        content = other.content;
        virtualBytes = other.virtualBytes;
        snapshots.clear();
        if (whole) {
            snapshots.putAll(other.snapshots);
        }
    }

    boolean isCorrupt() {
        return corrupt;
    }

    boolean isOpenElsewhere() {
        return openElsewhere;
    }

    List<String> bitmaps() {
        return List.copyOf(bitmaps);
    }

    boolean has(String name) {
        return snapshots.containsKey(name);
    }

    Optional<Saved> saved(String name) {
        return Optional.ofNullable(snapshots.get(name));
    }

    Map<String, Long> reservations() {
        return reservations;
    }

    void save(String name, long takenBytes, Optional<String> ram, long ramBytes) {
        snapshots.put(name, new Saved(content, virtualBytes, ram, ramBytes, takenBytes));
    }

    long usedOf(String name) {
        return used.getOrDefault(name, 0L);
    }

    boolean hasOverflown(String name) {
        return saved(name).filter(saved -> usedOf(name) >= saved.takenBytes()).isPresent();
    }

    void drop(String name) {
        snapshots.remove(name);
        used.remove(name);
    }

    void rollBack(String name) {
        Saved saved = saved(name).orElseThrow();
        content = saved.content();
        virtualBytes = saved.virtualBytes();
    }

    long takenBytes() {
        long saved = snapshots.values().stream().mapToLong(Saved::takenBytes).sum();
        return saved
                + leakedBytes
                + reservations.values().stream().mapToLong(Long::longValue).sum();
    }

    ImageInfo image(String target, String format) {
        List<ImageInfo.Entry> entries = new ArrayList<>();
        if (!forgotten) {
            snapshots.forEach((name, saved) -> entries.add(new ImageInfo.Entry(name, saved.ramBytes())));
        }
        return new ImageInfo(
                target,
                format,
                virtualBytes,
                takenBytes(),
                1 << 16,
                entries,
                bitmaps,
                chain,
                false,
                corrupt,
                16,
                Optional.empty(),
                detached);
    }
}
