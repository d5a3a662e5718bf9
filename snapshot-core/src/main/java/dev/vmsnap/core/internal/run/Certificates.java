package dev.vmsnap.core.internal.run;

import dev.vmsnap.Certificate;
import dev.vmsnap.Certificate.Hazard;
import dev.vmsnap.Certificate.Line;
import dev.vmsnap.Certificate.Outcome;
import dev.vmsnap.PowerState;
import dev.vmsnap.core.internal.plan.PlannedStep;
import dev.vmsnap.core.internal.plan.StepKind;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the certificate of a restore from its journal: from the steps that it has, and from the lines that steps have
 * noted. It asks nobody, so a process that finishes the restore of another one writes the same.
 */
final class Certificates {
    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    private final Work work;
    private final Set<StepKind> steps;

    private Certificates(Work work) {
        this.work = work;
        this.steps =
                StepRunner.steps(work.entry()).stream().map(PlannedStep::kind).collect(Collectors.toSet());
    }

    static Certificate of(Work work) {
        return new Certificates(work).write();
    }

    /** Logs what could not be done, and returns the sum for the host's events. */
    static String report(Work work) {
        Certificate certificate = of(work);
        certificate
                .couldNot()
                .forEach(line -> LOG.info(
                        "VM {}: restored to {}, but {}: {}",
                        work.vm(),
                        certificate.snapshot(),
                        line.hazard(),
                        line.why()));
        return certificate.summary();
    }

    /** Notes a line for the certificate in the journal. */
    static void remember(Work work, Line line) {
        work.remember(Facts.CERTIFICATE + line.hazard(), line.outcome() + " " + line.why());
    }

    private Certificate write() {
        return new Certificate(
                work.entry().snapshots().get(0),
                power(),
                work.downtime(),
                Stream.of(Hazard.values()).map(this::line).toList());
    }

    private PowerState power() {
        if (ram()) {
            return RestoreEffects.powerWithRam(work);
        }
        boolean held = RestoreEffects.startsHeld(work);
        return !steps.contains(StepKind.START) ? PowerState.OFF : held ? PowerState.PAUSED : PowerState.RUNNING;
    }

    private Line line(Hazard hazard) {
        return noted(hazard).orElseGet(() -> switch (hazard) {
            case GENERATION_ID -> generationId();
            case CLOCK -> clock();
            case BITMAPS -> bitmaps();
            case CHECKPOINTS -> checkpoints();
            case FIRMWARE -> notNeeded(hazard, "The machine keeps no firmware variables.");
            case TPM -> notNeeded(hazard, "The machine has no TPM whose state is kept.");
            case NETWORK_ANNOUNCE -> network();
            case SECRETS -> secrets();
            case METADATA -> metadata();
        });
    }

    private Optional<Line> noted(Hazard hazard) {
        return work.remembered(Facts.CERTIFICATE + hazard).map(note -> {
            int space = note.indexOf(' ');
            return new Line(hazard, Outcome.valueOf(note.substring(0, space)), note.substring(space + 1));
        });
    }

    private Line generationId() {
        if (!RestoreEffects.hasGenerationId(work)) {
            return notNeeded(Hazard.GENERATION_ID, "The VM has no generation ID.");
        }
        if (ram()) {
            return done(Hazard.GENERATION_ID, "The hypervisor has renewed it when it loaded the RAM.");
        }
        return couldNot(
                Hazard.GENERATION_ID,
                steps.contains(StepKind.RENEW_GENERATION_ID)
                        ? "Nothing was recorded of its renewal."
                        : "The hypervisor driver cannot renew it.");
    }

    private Line clock() {
        if (!ram()) {
            return notNeeded(Hazard.CLOCK, "The guest reads the time when it boots.");
        }
        if (power() == PowerState.PAUSED) {
            return couldNot(Hazard.CLOCK, "The guest is held at the time of the snapshot; set its clock when it runs.");
        }
        return couldNot(
                Hazard.CLOCK,
                steps.contains(StepKind.SET_CLOCK)
                        ? "Nothing was recorded of setting it."
                        : "The hypervisor driver cannot set a guest's clock.");
    }

    private Line bitmaps() {
        return steps.contains(StepKind.DROP_BITMAPS)
                ? done(Hazard.BITMAPS, "The dirty bitmaps were dropped; the next backup must be a full one.")
                : notNeeded(Hazard.BITMAPS, "No disk that was brought back had dirty bitmaps.");
    }

    private Line checkpoints() {
        if (steps.contains(StepKind.FORGET_CHECKPOINTS)) {
            return couldNot(Hazard.CHECKPOINTS, "Nothing was recorded of forgetting them.");
        }
        return steps.contains(StepKind.DROP_BITMAPS)
                ? couldNot(
                        Hazard.CHECKPOINTS,
                        "The hypervisor driver cannot forget checkpoints; delete the metadata of those that used the"
                                + " dropped bitmaps.")
                : notNeeded(Hazard.CHECKPOINTS, "No bitmap that a checkpoint could need was dropped.");
    }

    private Line network() {
        return ram()
                ? done(
                        Hazard.NETWORK_ANNOUNCE,
                        "The hypervisor announces the network cards of a guest whose RAM it loads.")
                : notNeeded(Hazard.NETWORK_ANNOUNCE, "The guest starts its network anew.");
    }

    private Line secrets() {
        return ram()
                ? couldNot(
                        Hazard.SECRETS,
                        "Keys, sessions and random numbers in the memory of then are in use again; renew those that must"
                                + " not be used twice.")
                : notNeeded(Hazard.SECRETS, "The guest has no memory of then.");
    }

    private Line metadata() {
        if (steps.contains(StepKind.CONFIGURE)) {
            return done(Hazard.METADATA, "The metadata is the snapshot's, as its configuration is.");
        }
        return ram()
                ? couldNot(Hazard.METADATA, "Until its next start the VM may have the metadata of the snapshot.")
                : notNeeded(Hazard.METADATA, "The VM has kept its configuration with its metadata.");
    }

    private boolean ram() {
        return steps.contains(StepKind.LOAD_RAM_IN_IMAGES) || steps.contains(StepKind.LOAD_RAM_BESIDE);
    }

    private static Line done(Hazard hazard, String why) {
        return new Line(hazard, Outcome.DONE, why);
    }

    private static Line notNeeded(Hazard hazard, String why) {
        return new Line(hazard, Outcome.NOT_NEEDED, why);
    }

    private static Line couldNot(Hazard hazard, String why) {
        return new Line(hazard, Outcome.COULD_NOT, why);
    }
}
