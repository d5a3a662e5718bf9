package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.ImageInfo;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what failed saves, and RAM that was restored, have left allocated. In an open image the hypervisor does it by
 * growing and shrinking the disk while the guest is held; so that a death in between can be mended, the sizes are in the
 * journal before it begins, and their being there says that the guest may be held by us.
 */
final class Reclamation {
    private static final Logger LOG = LoggerFactory.getLogger(Reclamation.class);
    private static final String SIZE_OF = "bytes of ";

    private Reclamation() {}

    static void run(Work work, List<Volume> volumes) {
        boolean interrupted = work.entry().facts().keySet().stream().anyMatch(key -> key.startsWith(SIZE_OF));
        List<Volume> open = Parts.open(work, volumes);
        if (!open.isEmpty()) {
            Map<String, Long> sizes = interrupted ? Map.of() : sizes(work);
            sizes.forEach((target, bytes) -> work.remember(SIZE_OF + target, bytes.toString()));
            inOpenImages(work, sized(work, open));
        }
        if (interrupted) {
            letGo(work);
        }
        if (!work.description().power().isActive()) {
            Survey.byStorage(sized(work, volumes))
                    .forEach((storage, owned) -> work.storage(storage).reclaim(owned, work.call()));
        }
    }

    /** The volumes without a word on their size: a snapshot's size is that of its time. */
    static List<Volume> ofAnySize(List<Volume> volumes) {
        return volumes.stream().map(Volume::ofAnySize).toList();
    }

    private static void inOpenImages(Work work, List<Volume> sized) {
        try {
            work.role(InImageSnapshots.class).reclaim(work.vm(), sized, work.call());
        } catch (DriverException e) {
            Map<String, Long> now = sizes(work);
            boolean harmless = sized.stream()
                    .allMatch(v -> v.virtualBytes().equals(OptionalLong.of(now.getOrDefault(v.target(), -1L))));
            if (!harmless) {
                throw e;
            }
            // What is left takes room and is out of the guest's sight; no deletion waits for it.
            LOG.warn("VM {}: space that nothing uses is not freed yet: {}", work.vm(), e.getMessage(), e);
        }
    }

    private static void letGo(Work work) {
        work.changed();
        if (work.powerBefore() == PowerState.RUNNING && work.description().power() == PowerState.PAUSED) {
            work.role(Hold.class).release(work.vm());
            work.changed();
        }
    }

    private static Map<String, Long> sizes(Work work) {
        return work.role(InImageSnapshots.class).images(work.vm()).stream()
                .collect(Collectors.toMap(ImageInfo::target, ImageInfo::virtualBytes, (a, b) -> a));
    }

    private static List<Volume> sized(Work work, List<Volume> volumes) {
        return volumes.stream()
                .map(v -> work.remembered(SIZE_OF + v.target())
                        .map(bytes -> v.withVirtualBytes(Long.parseLong(bytes)))
                        .orElseGet(v::ofAnySize))
                .toList();
    }
}
