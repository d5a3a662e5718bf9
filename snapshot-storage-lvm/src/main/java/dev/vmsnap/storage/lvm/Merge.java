package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waiting for snapshots that flow back into their origins. */
final class Merge {
    private static final Logger LOG = LoggerFactory.getLogger(Merge.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    /** Somebody who only looks at a device closes it again within this time. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

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
     * Waits until nothing flows into a volume any more. The kernel merges by itself, also after a restart of the node; LVM
     * has to be told to forget the snapshot afterwards. A merge that LVM has put off, because somebody had the snapshot
     * open, is started as soon as nobody has.
     *
     * @param volume the volume under the name that it has
     * @param paths the volumes to report on
     * @return the report afterwards
     * @throws DriverException {@code IN_USE} if somebody keeps the snapshot or the volume open, {@code TIMEOUT} if
     *     the kernel does not finish
     */
    Scene await(LvPath volume, List<LvPath> paths) {
        Scene scene = Scene.lookToChange(lvm, paths);
        long waited = 0;
        long limit = -1;
        int failures = 0;
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
            if (waited >= PATIENCE.toSeconds()) {
                scene.requireActive(List.of(volume));
                requireNotHeld(origin, scene);
            }
            if (waited % PATIENCE.toSeconds() == 0) {
                LOG.info("waiting for the merge of a snapshot into {}: {}", volume, progress(origin));
            }
            try {
                lvm.run("see to the merge into " + volume, next(origin).commands());
            } catch (DriverException failure) {
                // A command of an interrupted restore may still be at work.
                if (++failures > PATIENCE.toSeconds() || !Settlement.CHANGING.contains(failure.reason())) {
                    throw failure;
                }
            }
            waited += BETWEEN_LOOKS.toSeconds();
            rest();
            scene = Scene.lookToChange(lvm, paths);
        }
    }

    private Script next(Lv origin) {
        Script script = new Script(groups);
        if (!origin.isActive()) {
            script.activate(origin.path());
        } else if (origin.isMergeDelayed()) {
            return script.refresh(origin.path());
        }
        return script.poll(origin.path());
    }

    private static void requireNotHeld(Lv origin, Scene scene) {
        if (!origin.isMergeDelayed()) {
            return;
        }
        List<String> open = scene.report().in(origin.path().group()).stream()
                .filter(lv ->
                        lv.path().equals(origin.path()) || (lv.isMerging() && lv.isThickSnapshotOf(origin.path())))
                .filter(Lv::isOpen)
                .map(lv -> lv.path().toString())
                .sorted()
                .toList();
        if (!open.isEmpty()) {
            throw LvmFailure.of(
                    Reason.IN_USE,
                    "the merge into " + origin.path() + " waits until nobody has " + String.join(" and ", open)
                            + " open; end what has it open (a mount, a backup, qemu-nbd), then recover");
        }
    }

    private static String progress(Lv origin) {
        return origin.dataPercent().isPresent()
                ? origin.dataPercent().getAsDouble() + " % of its room are left"
                : "it has not begun";
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
