package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.libvirt.LibvirtException;

/** An error of libvirt's, read in the thread in which it happened. Never leaves this package. */
final class VirtException extends RuntimeException {
    static final int OPERATION_INVALID = 55;
    static final int NO_DOMAIN = 42;
    static final int NO_SUPPORT = 3;
    static final int NO_SNAPSHOT = 72;
    static final int NO_NETWORK = 43;
    static final int NO_STORAGE_POOL = 49;
    static final int NO_STORAGE_VOL = 50;

    static final int INVALID_CONNECTION = 6;
    static final int OPERATION_TIMEOUT = 68;

    private static final int INTERNAL_ERROR = 1;
    private static final int INVALID_ARGUMENT = 8;
    private static final int OPERATION_DENIED = 29;
    static final int SYSTEM_ERROR = 38;
    private static final int AUTH_FAILED = 45;
    private static final int CONFIGURATION_UNSUPPORTED = 67;
    private static final int AUTH_CANCELLED = 79;
    private static final int OPERATION_UNSUPPORTED = 84;
    private static final int AGENT_UNRESPONSIVE = 86;
    private static final int RESOURCE_BUSY = 87;
    private static final int ACCESS_DENIED = 88;
    private static final int PROCESSOR_INCOMPATIBLE = 91;
    private static final int AUTH_UNAVAILABLE = 94;
    private static final int AGENT_TIMEOUT = 112;
    private static final Set<Integer> ANSWERS = Set.of(
            INTERNAL_ERROR,
            NO_SUPPORT,
            INVALID_ARGUMENT,
            SYSTEM_ERROR,
            CONFIGURATION_UNSUPPORTED,
            OPERATION_UNSUPPORTED,
            PROCESSOR_INCOMPATIBLE);
    private static final Set<Integer> DENIED =
            Set.of(OPERATION_DENIED, AUTH_FAILED, AUTH_CANCELLED, ACCESS_DENIED, AUTH_UNAVAILABLE);

    private static final Pattern LOADING =
            Pattern.compile("error while loading state for instance 0x[0-9a-f]+ of device"
                    + " '[A-Za-z0-9_.:/-]{1,80}'|load of migration failed: [A-Za-z /]{1,60}");

    private static final Pattern NO_SSH =
            Pattern.compile("Cannot find '([^']*)' in path: No such file|cannot execute binary (\\S+): No such file");
    // As the shells say it, after their names and with or without a line.
    private static final Pattern NO_NETCAT = Pattern.compile(
            "\\b(nc|netcat|virt-ssh-helper): (command )?not found|: not found: (nc|virt-ssh-helper)\\b");

    private final int code;
    private final boolean lost;

    VirtException(int code, String message, boolean lost) {
        super(message);
        this.code = code;
        this.lost = lost;
    }

    /** Reads the error of the call that this thread has just made. */
    static VirtException last() {
        Virt virt = Virt.Loaded.VIRT;
        String message = virt.virGetLastErrorMessage();
        return new VirtException(virt.virGetLastErrorCode(), message == null ? "no message" : message, false);
    }

    /** Reads an error that libvirt-java has read; the order of its constants is libvirt's numbering. */
    @SuppressWarnings("EnumOrdinal")
    static VirtException of(LibvirtException failure) {
        org.libvirt.Error error = failure.getError();
        if (error == null || error.getCode() == null) {
            return new VirtException(INTERNAL_ERROR, String.valueOf(failure.getMessage()), false);
        }
        return new VirtException(error.getCode().ordinal(), String.valueOf(error.getMessage()), false);
    }

    int code() {
        return code;
    }

    /**
     * The same error of starting QEMU with saved RAM, without what QEMU may have quoted of it: from a damaged image that
     * can be anything that the guest had in its RAM.
     */
    VirtException withoutGuestData() {
        String text = String.valueOf(getMessage());
        if (!text.contains("closed the monitor") && !text.contains("load of migration failed")) {
            return this;
        }
        String known = LOADING.matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .collect(Collectors.joining("; "));
        return new VirtException(
                code, "QEMU could not load the saved RAM" + (known.isEmpty() ? "" : ": " + known), lost);
    }

    /** The same error, met on a connection that has turned out to be gone. */
    VirtException onLostConnection() {
        VirtException same = new VirtException(code, String.valueOf(getMessage()), true);
        same.initCause(this);
        return same;
    }

    /** Whether it is what libvirt thinks of what it was asked, and not trouble on the way. */
    boolean isAnswer() {
        return ANSWERS.contains(code);
    }

    /** Whether libvirt does not do that at all. */
    boolean isUnsupported() {
        return code == NO_SUPPORT || code == OPERATION_UNSUPPORTED;
    }

    /** Whether libvirt has answered that it has no such domain. Nothing else means that it has none. */
    static boolean saysNoDomain(DriverException failure) {
        return failure.getCause() instanceof VirtException cause && !cause.lost && cause.code == NO_DOMAIN;
    }

    /** Whether the connection is gone. The code alone does not tell: a daemon also passes its own troubles on. */
    boolean lost() {
        return lost;
    }

    /** The same as a failure of the driver. */
    DriverException during(String doing) {
        return Failures.of(reason(), doing + ": " + getMessage(), this);
    }

    /** The same as a failure to connect: whatever is wrong, nobody answers. */
    DriverException whileConnecting(String to) {
        String text = String.valueOf(getMessage());
        Matcher noSsh = NO_SSH.matcher(text);
        if (noSsh.find()) {
            String program = noSsh.group(1) == null ? noSsh.group(2) : noSsh.group(1);
            return Failures.of(
                    Reason.TOOL_MISSING,
                    "connect to " + to + ": there is no program " + program + " on this machine: install it (package"
                            + " openssh-client on Debian)",
                    this);
        }
        if (NO_NETCAT.matcher(text).find()) {
            return Failures.of(
                    Reason.TOOL_MISSING,
                    "connect to " + to + ": there is neither virt-ssh-helper nor nc on the node: install one (package"
                            + " netcat-openbsd on Debian): " + text,
                    this);
        }
        Reason reason = reason();
        return Failures.of(
                reason == Reason.DENIED ? reason : Reason.UNREACHABLE, "connect to " + to + ": " + text, this);
    }

    Reason reason() {
        String text = String.valueOf(getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("disk quota exceeded")) {
            return Reason.NO_SPACE;
        }
        if (DENIED.contains(code) || (code == SYSTEM_ERROR && text.contains("permission denied"))) {
            return Reason.DENIED;
        }
        if (lost) {
            return Reason.UNREACHABLE;
        }
        return switch (code) {
            case OPERATION_TIMEOUT, AGENT_UNRESPONSIVE, AGENT_TIMEOUT -> Reason.TIMEOUT;
            case NO_DOMAIN, NO_SNAPSHOT -> Reason.MISSING;
            case RESOURCE_BUSY -> Reason.IN_USE;
            default -> Reason.BROKEN;
        };
    }
}
