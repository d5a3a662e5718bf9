package dev.vmsnap.tck;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Set;

/** Contract tests of storage drivers that are led to what is not theirs, one each. */
final class BrokenBounds {
    private BrokenBounds() {}

    @Breaks("publish: a link in the place of the copy is not followed, and is no obstacle once it is gone")
    static final class FollowsALink extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    call.hypervisor().files().write(InMemoryStorageLab.LINKED, new byte[1]);
                    sound.publish(volumes, copy, dropped, call);
                }
            };
        }
    }

    @Breaks("inspect: a layer that only an image names is opened with the rights of the VM alone")
    static final class OpensALayerAsTheUserOfTheNode extends StorageDriverContract {
        @Override
        protected StorageLab openLab() {
            return InMemoryStorageLab.inImage(sound -> new StorageFront(sound) {
                @Override
                public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
                    List<VolumeState> states = sound.inspect(volumes, call);
                    states.forEach(state -> state.volume().chain().ifPresent(chain -> chain.layers().stream()
                            .filter(layer -> layer.path().equals(InMemoryStorageLab.CLOSED))
                            .forEach(layer -> call.hypervisor().commands().run(Command.of("cat", layer.path())))));
                    return states;
                }
            });
        }
    }
}
