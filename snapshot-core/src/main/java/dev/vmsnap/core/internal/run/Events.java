package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the host what happens; a listener that throws changes nothing. */
final class Events {
    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final Wiring wiring;

    Events(Wiring wiring) {
        this.wiring = wiring;
    }

    void tell(JournalEntry entry, Phase phase, String detail) {
        tell(entry, phase, detail, Map.of());
    }

    void tell(JournalEntry entry, Phase phase, String detail, Map<String, String> data) {
        tell(new SnapshotEvent(
                wiring.clock().instant(),
                entry.actor(),
                entry.vm(),
                entry.verb(),
                phase,
                entry.operation(),
                entry.snapshots(),
                detail,
                data));
    }

    /** Says that the rules have refused something. */
    void refused(Actor actor, VmId vm, Verb verb, String codes) {
        Map<String, String> data = Map.of("refusals", codes);
        tell(new SnapshotEvent(wiring.clock().instant(), actor, vm, verb, Phase.REFUSED, "", List.of(), codes, data));
    }

    void tell(
            Actor actor, VmId vm, Verb verb, Phase phase, String operation, List<SnapshotId> snapshots, String detail) {
        tell(new SnapshotEvent(
                wiring.clock().instant(), actor, vm, verb, phase, operation, snapshots, detail, Map.of()));
    }

    private void tell(SnapshotEvent event) {
        try {
            wiring.events().accept(event);
        } catch (RuntimeException | Error e) {
            LOG.warn("A listener of the host failed: {}", e.toString(), e);
        }
    }
}
