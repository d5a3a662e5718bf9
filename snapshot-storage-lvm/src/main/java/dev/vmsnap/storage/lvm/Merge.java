package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Waiting for snapshots that flow back into their origins. */
final class Merge {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Lvm lvm;
    private final Groups groups;
    private final Pause pause;

    Merge(Lvm lvm, Groups groups, Pause pause) {
        this.lvm = lvm;
        this.groups = groups;
        this.pause = pause;
    }

    /** Lets time pass. */
    interface Pause {
        void pause(Duration time) throws InterruptedException;
    }

    /**
     * Waits until nothing flows into a volume any more. The kernel does it by itself, also after a restart of the node;
     * LVM has to be told to forget the snapshot afterwards.
     *
     * @param volume the volume under the name that it has
     * @return what is there then
     */
    Scene await(LvPath volume, List<LvPath> paths) {
        Scene scene = Scene.lookToChange(lvm, paths);
        long waited = 0;
        long limit = -1;
        while (true) {
            Lv origin = scene.report().find(volume).orElse(null);
            if (origin == null || !origin.isMerging()) {
                return scene;
            }
            limit = limit < 0 ? lvm.limit(left(origin)).toSeconds() : limit;
            if (waited > limit) {
                throw LvmFailure.of(
                        Reason.TIMEOUT, "a snapshot is still being merged into " + volume + " after " + waited + " s");
            }
            Script script = new Script(groups);
            if (!origin.isActive()) {
                script.activate(volume);
            }
            lvm.run("see to the merge into " + volume, script.poll(volume).commands());
            waited += BETWEEN_LOOKS.toSeconds();
            rest();
            scene = Scene.lookToChange(lvm, paths);
        }
    }

    private static long left(Lv origin) {
        OptionalLong used = origin.usedBytes();
        return used.orElse(origin.bytes());
    }

    private void rest() {
        try {
            pause.pause(BETWEEN_LOOKS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw LvmFailure.of(Reason.TIMEOUT, "waiting for a merge was interrupted; it goes on by itself");
        }
    }
}
