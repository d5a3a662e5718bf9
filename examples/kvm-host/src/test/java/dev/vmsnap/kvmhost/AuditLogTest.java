package dev.vmsnap.kvmhost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AuditLogTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final AuditLog log = new AuditLog(new PrintStream(written, true, StandardCharsets.UTF_8));

    @Test
    void aLineSaysWhenWhoWhatAndHowItEnded() {
        log.accept(event(Phase.FINISHED, ""));

        assertThat(lines())
                .containsExactly("2025-01-01T00:00:00Z | ADMINISTRATOR ada | web-1 | CREATE FINISHED | s1 | ");
    }

    @Test
    void stepsAreLeftOut() {
        log.accept(event(Phase.STEP, "snapshot the disks"));

        assertThat(lines()).isEmpty();
    }

    @Test
    void aMessageCannotForgeALine() {
        log.accept(event(Phase.UNDONE, "it said\nADMINISTRATOR ada\r\u001b[2K"));

        assertThat(lines()).singleElement().asString().endsWith("| it said ADMINISTRATOR ada  [2K");
    }

    private static SnapshotEvent event(Phase phase, String detail) {
        return new SnapshotEvent(
                Instant.parse("2025-01-01T00:00:00Z"),
                Actor.administrator("ada"),
                VmId.of("web-1"),
                Verb.CREATE,
                phase,
                "operation-1",
                List.of(SnapshotId.of("s1")),
                detail,
                Map.of());
    }

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
