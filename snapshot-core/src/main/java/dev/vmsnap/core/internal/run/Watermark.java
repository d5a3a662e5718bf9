package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.UnknownSnapshots;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells the host when a part of a snapshot is nearly full: once, until it is less full again. */
final class Watermark {
    static final Actor LIBRARY = Actor.administrator("vmsnap");

    private final double mark;
    private final Events events;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    Watermark(double mark, Events events) {
        this.mark = mark;
        this.events = events;
    }

    /** What the parts take of which storage can tell, for the snapshots that are recorded. */
    static List<Snapshot.Usage> usages(Situation situation) {
        List<Snapshot.Usage> usages = new ArrayList<>();
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            for (Volume volume : snapshot.volumes()) {
                situation
                        .states()
                        .part(volume, snapshot)
                        .flatMap(part -> usage(snapshot.id(), volume, part))
                        .ifPresent(usages::add);
            }
        }
        return List.copyOf(usages);
    }

    /** Returns the bytes of the snapshots that the store does not know. */
    static List<Snapshot.Usage> unknown(Situation situation) {
        return situation
                .states()
                .all()
                .flatMap(state -> state.asSeen().stream())
                .flatMap(state -> UnknownSnapshots.on(situation, state.volume()).stream()
                        .flatMap(id -> state.part(id).flatMap(part -> usage(id, state.volume(), part)).stream()))
                .toList();
    }

    private static Optional<Snapshot.Usage> usage(SnapshotId id, Volume volume, VolumeState.Part part) {
        return part.usedBytes().isEmpty()
                ? Optional.empty()
                : Optional.of(new Snapshot.Usage(
                        id,
                        volume.target(),
                        part.usedBytes().getAsLong(),
                        part.freedBytes().orElse(part.usedBytes().getAsLong()),
                        part.roomBytes()));
    }

    /**
     * Requires the node and the storage to have answered where nothing was counted.
     *
     * @throws DriverException if one of them did not
     */
    static void requireCountable(Situation situation) {
        if (situation.record().tree().isEmpty()) {
            return;
        }
        if (situation.chosen().isEmpty()) {
            situation.silentNodes().stream().findFirst().ifPresent(node -> {
                throw new DriverException(
                        "core", node.reason(), "Node " + node.name() + " cannot be inspected: " + node.why());
            });
        }
        situation.record().tree().snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .flatMap(volume -> situation.states().of(volume).stream())
                .filter(VolumeState.Unknown.class::isInstance)
                .map(VolumeState.Unknown.class::cast)
                .findFirst()
                .ifPresent(unknown -> {
                    boolean lacks = unknown.why().code() == Refusal.Code.DRIVER_REFUSED;
                    throw new DriverException(
                            unknown.volume().storage(),
                            lacks ? Reason.TOOL_MISSING : Reason.UNREACHABLE,
                            unknown.why().message());
                });
    }

    boolean isReachedBy(Snapshot.Usage usage) {
        return usage.roomBytes().isPresent() && usage.fill() >= mark;
    }

    /** Looks at what was seen of a VM. */
    void look(Situation situation) {
        for (Snapshot.Usage usage : usages(situation)) {
            String key = usage.snapshot() + " " + usage.disk();
            if (!isReachedBy(usage)) {
                told.remove(key);
            } else if (told.add(key)) {
                events.tell(
                        LIBRARY,
                        situation.record().vm(),
                        Verb.DOCTOR,
                        Phase.FILLING,
                        "",
                        List.of(usage.snapshot()),
                        usage.usedBytes() + " of " + usage.roomBytes().getAsLong() + " bytes on disk " + usage.disk());
            }
        }
    }
}
