package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import org.jspecify.annotations.Nullable;

/** The failures of this driver. */
final class Failures {
    static final String DRIVER = "kvm";

    private Failures() {}

    static DriverException of(Reason reason, String message) {
        return new DriverException(DRIVER, reason, message);
    }

    static DriverException of(Reason reason, String message, @Nullable Throwable cause) {
        return new DriverException(DRIVER, reason, message, cause);
    }

    static DriverException broken(String message) {
        return of(Reason.BROKEN, message);
    }

    static DriverException off(VmId vm) {
        return of(Reason.MISSING, "VM " + vm + " is off");
    }
}
