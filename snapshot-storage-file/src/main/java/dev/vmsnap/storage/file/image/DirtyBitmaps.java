package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.List;

/** Removes persistent dirty bitmaps from images of a VM that is off, also those that a crash has left inconsistent. */
final class DirtyBitmaps {
    private final Commands commands;
    private final Duration timeout;

    DirtyBitmaps(Commands commands, Duration timeout) {
        this.commands = commands;
        this.timeout = timeout;
    }

    void drop(List<Volume> volumes) {
        QemuImg images = new QemuImg(commands, timeout);
        for (Volume volume : volumes) {
            images.read(volume).image().bitmaps().forEach(name -> remove(volume, name));
            List<String> left = images.read(volume).image().bitmaps();
            if (!left.isEmpty()) {
                throw new DriverException(
                        ImageVolumes.DRIVER,
                        DriverException.Reason.BROKEN,
                        "disk " + volume.target() + " still has the dirty bitmaps " + String.join(", ", left));
            }
        }
    }

    // A name is whatever a backup tool liked, so that nothing of it may pass for an option.
    private void remove(Volume volume, String name) {
        ImageNode node = new ImageNode(volume.source());
        List<String> guarded =
                ImageGuard.guarded(node.path(), List.of("qemu-img", "bitmap", "--remove", "--", node.qcow2(), name));
        Result result = commands.run(Command.of(guarded.toArray(String[]::new)).within(timeout));
        if (!result.succeeded()) {
            throw ToolFailure.of("cannot remove a dirty bitmap from", node, result);
        }
    }
}
