package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.ImageInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The images that an active VM has open, as its hypervisor reports them. */
final class OpenImages {
    private final Map<String, String> targets;
    private final Map<String, ImageInfo> images;
    private final @Nullable DriverException failure;
    private final Optional<InImageSnapshots> hypervisor;
    private final VmId vm;

    private OpenImages(
            DriverCall call,
            Map<String, String> targets,
            Map<String, ImageInfo> images,
            @Nullable DriverException failure) {
        this.vm = call.vm().id();
        this.hypervisor = call.hypervisor() instanceof InImageSnapshots role ? Optional.of(role) : Optional.empty();
        this.targets = targets;
        this.images = images;
        this.failure = failure;
    }

    static OpenImages of(DriverCall call) {
        Map<String, String> targets = new HashMap<>();
        if (call.vm().power().isActive() && call.hypervisor() instanceof InImageSnapshots hypervisor) {
            call.vm().disks().forEach(disk -> disk.source().ifPresent(path -> targets.put(path, disk.target())));
            try {
                Map<String, ImageInfo> images = new HashMap<>();
                List<ImageInfo> reported = hypervisor.images(call.vm().id());
                reported.forEach(image -> images.putIfAbsent(image.target(), image));
                return new OpenImages(call, targets, images, null);
            } catch (DriverException e) {
                return new OpenImages(call, targets, Map.of(), e);
            }
        }
        return new OpenImages(call, targets, Map.of(), null);
    }

    /** Whether the VM has a volume: one that was detached is an image like that of a VM that is off. */
    boolean has(Volume volume) {
        return targets.containsKey(volume.source());
    }

    /** The image of a volume that the VM has. */
    ImageInfo image(Volume volume) {
        if (failure != null) {
            throw failure;
        }
        String target = targets.getOrDefault(volume.source(), "");
        return Optional.ofNullable(images.get(target))
                .orElseThrow(() -> new DriverException(ImageVolumes.DRIVER, Reason.BROKEN, hidden(target)));
    }

    private String hidden(String target) {
        return hypervisor
                .map(asked -> asked.hidden(vm).get(target))
                .orElse("the hypervisor does not report the image of disk " + target);
    }

    /** Whether a volume is a disk of a VM that is active, so that its image is the hypervisor's. */
    static boolean areOf(Volume volume, DriverCall call) {
        return call.vm().power().isActive() && call.vm().has(volume);
    }
}
