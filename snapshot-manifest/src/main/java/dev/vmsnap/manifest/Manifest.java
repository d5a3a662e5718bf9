package dev.vmsnap.manifest;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Instant;
import java.util.Map;

/**
 * A copy of what the store knows of a VM, which lies beside its disks. Immutable.
 *
 * @param written when it was written
 * @param record the VM's record
 * @param configurations the configuration of each snapshot of which there is one; holds secrets
 */
public record Manifest(Instant written, VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
    /** What the format is called in the file itself. */
    static final String FORMAT = "vmsnap-manifest";

    /** The version that is written, and the highest that is read. */
    static final int VERSION = 1;

    /** Copies the configurations. */
    public Manifest {
        configurations = Map.copyOf(configurations);
    }

    /**
     * Reads a manifest.
     *
     * @param text as {@link #text()} returned it
     * @return the manifest
     * @throws IllegalArgumentException if it is none, is damaged, or has a version from the future
     */
    public static Manifest read(String text) {
        return ManifestReader.read(text);
    }

    /**
     * Writes it down: always the same fields in the same order, what is absent is left out.
     *
     * @return indented JSON that UTF-8 carries without loss; holds secrets
     */
    public String text() {
        return ManifestWriter.write(this);
    }
}
