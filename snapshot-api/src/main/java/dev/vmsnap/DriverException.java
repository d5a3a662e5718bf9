package dev.vmsnap;

import org.jspecify.annotations.Nullable;

/**
 * A hypervisor, storage or store failed. Out of a verb it means that everything was undone; the only trace can be a
 * snapshot that is {@code UNAVAILABLE} for want of space, which can be deleted. It is also what drivers throw. A failure
 * of the store itself is a {@link StoreException}.
 */
public sealed class DriverException extends SnapshotException permits StoreException {
    private static final long serialVersionUID = 1L;

    private final String driver;
    private final Reason reason;

    /** What kind of failure it is. */
    public enum Reason {
        /** The storage is full, or a quota is reached. */
        NO_SPACE("Free space on the storage, then try again."),
        /** A node, daemon or server does not answer. */
        UNREACHABLE("Bring the node or service back, then try again."),
        /** It took too long and was given up. */
        TIMEOUT("See whether the node or storage is overloaded, then try again."),
        /** Something else holds what is needed. */
        IN_USE("End what else uses the disk or VM, then try again."),
        /** The object itself is proved absent: its node, its tool and its storage answered, and it is not there. */
        MISSING("Run doctor, which names what is missing."),
        /** The node, or the machine of this process, lacks a program or library. */
        TOOL_MISSING("Install the program or library that the message names, then try again."),
        /** Access was denied. */
        DENIED("Give the process the rights that the message names."),
        /** Somebody else changed the same record. */
        CONFLICT("Try again."),
        /** The lease on the VM was lost to another process. */
        LEASE_LOST("Look at what the other process did, then try again."),
        /** Anything else; the message says what was seen. */
        BROKEN("See the message and the log of the node.");

        private final String recovery;

        Reason(String recovery) {
            this.recovery = recovery;
        }
    }

    /**
     * Makes one.
     *
     * @param driver id of the driver that failed
     * @param reason what kind of failure it is
     * @param message what was seen, for people; must not contain secrets
     * @param cause what it came from, if anything
     */
    public DriverException(String driver, Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.driver = driver;
        this.reason = reason;
    }

    /**
     * Makes one without a cause.
     *
     * @param driver id of the driver that failed
     * @param reason what kind of failure it is
     * @param message what was seen, for people; must not contain secrets
     */
    public DriverException(String driver, Reason reason, String message) {
        this(driver, reason, message, null);
    }

    /**
     * Returns which driver failed.
     *
     * @return its id
     */
    public String driver() {
        return driver;
    }

    /**
     * Returns what kind of failure it is.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    @Override
    public String recovery() {
        return reason.recovery;
    }
}
