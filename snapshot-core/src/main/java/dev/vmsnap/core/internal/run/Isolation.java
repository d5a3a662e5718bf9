package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the trouble of one VM from stopping work on others. */
final class Isolation {
    private static final Logger LOG = LoggerFactory.getLogger(Isolation.class);

    private Isolation() {}

    /**
     * Works on one VM of several.
     *
     * @param leases of the engine; once it is closed no further VM is worked on
     * @param work on that VM
     * @return why it failed; a failure that is none of ours is a driver's defect
     */
    static Optional<SnapshotException> failure(Leases leases, Runnable work) {
        try {
            work.run();
            return Optional.empty();
        } catch (SnapshotException e) {
            return Optional.of(e);
        } catch (RuntimeException e) {
            leases.requireOpen();
            LOG.error("Work on one VM of several failed", e);
            return Optional.of(new DriverException("core", DriverException.Reason.BROKEN, String.valueOf(e), e));
        }
    }
}
