package dev.vmsnap.storage.file.image;

import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Inspects the paths of images, without opening one, with two processes for all of them.
 *
 * @param commands of the node
 * @param timeout how long one may take
 * @param squashed as in {@link RecordDirectory}
 */
record Paths(Commands commands, Duration timeout, boolean squashed) {

    /**
     * A path of an image.
     *
     * @param status of the path
     * @param around what lies beside and below it
     */
    record Place(FileStatus status, Surroundings around) {
        static final Place NOWHERE = new Place(new FileStatus.Unclear("no answer"), Surroundings.NONE);
    }

    /**
     * Inspects.
     *
     * @param volumes images of one VM
     * @param call the call's context
     * @return by source
     */
    Map<String, Place> of(List<Volume> volumes, DriverCall call) {
        List<String> sources = volumes.stream().map(Volume::source).distinct().toList();
        List<FileStatus> statuses = FileStatus.of(commands, timeout, sources);
        Map<String, Surroundings> around =
                Surroundings.of(commands, timeout, sources, call.vm().id(), call.store(), squashed);
        Map<String, Place> places = new HashMap<>();
        for (int i = 0; i < sources.size(); i++) {
            String source = sources.get(i);
            places.put(source, new Place(statuses.get(i), around.getOrDefault(source, Surroundings.NONE)));
        }
        return places;
    }
}
