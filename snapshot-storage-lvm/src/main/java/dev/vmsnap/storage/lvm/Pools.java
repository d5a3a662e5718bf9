package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import java.util.Optional;

/** Thin pools: whether they can take more, and how much. */
final class Pools {
    /** What LVM 2.03 wants to be free of a pool's metadata before it makes a volume: so much, or this part of it. */
    private static final double FREE_METADATA_BYTES = 4L << 20;

    private static final double FREE_METADATA_PERCENT = 25;

    private Pools() {}

    static long freeBytes(Lv pool) {
        return pool.dataPercent().isPresent()
                ? (long) Math.floor(pool.bytes() * (100 - pool.dataPercent().getAsDouble()) / 100)
                : pool.bytes();
    }

    /** Why nothing more should be asked of a pool; empty when it is well. */
    static Optional<String> trouble(Lv pool) {
        if (pool.isUnusable() || pool.needsCheck()) {
            return Optional.of("has to be repaired (lvconvert --repair)");
        }
        if (pool.isOutOfData() || pool.dataPercent().orElse(0) >= 100) {
            return Optional.of("is out of data space");
        }
        if (pool.metadataPercent().orElse(0) >= mostMetadataPercent(pool)) {
            return Optional.of("is out of metadata space");
        }
        return Optional.empty();
    }

    private static double mostMetadataPercent(Lv pool) {
        return 100 - Math.min(FREE_METADATA_PERCENT, 100 * FREE_METADATA_BYTES / Math.max(1, pool.metadataBytes()));
    }

    static boolean isFull(Lv pool) {
        return !pool.isUnusable() && !pool.needsCheck() && trouble(pool).isPresent();
    }

    static void requireHealthy(Scene scene, Lv volume) {
        Lv pool = scene.pool(volume)
                .orElseThrow(() -> LvmFailure.of(Reason.MISSING, "the thin pool of " + volume.path() + " is not seen"));
        trouble(pool).ifPresent(what -> {
            throw LvmFailure.of(
                    isFull(pool) ? Reason.NO_SPACE : Reason.BROKEN, "thin pool " + pool.path() + " " + what);
        });
    }
}
