package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps QEMU listening while it writes RAM. The last part, as much as it believes to write within its downtime limit, QEMU
 * writes without listening to anybody. Of a held guest that can be all of it; and on a target that hangs QEMU could
 * neither be told to give up nor to let the guest go on. So the limit is made tiny meanwhile, which costs a held guest
 * nothing; and made the usual one again, since a live migration needs it.
 */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    // An odd number tells ours, left by a process that died, from what somebody else has chosen.
    static final long OURS_MILLIS = 3;
    static final long USUAL_MILLIS = 300;

    private final Guests guests;

    Listening(Guests guests) {
        this.guests = guests;
    }

    /** Makes the limit tiny, and returns what it was. */
    long begin(VmId vm) {
        long before = limit(vm);
        set(vm, OURS_MILLIS);
        return before;
    }

    /** Makes the limit what it was; if that fails, {@link #heal} will. */
    void end(VmId vm, long before) {
        try {
            set(vm, before == OURS_MILLIS ? USUAL_MILLIS : before);
        } catch (DriverException e) {
            LOG.debug("VM {}: the downtime limit stays at {} ms until the guest is released", vm, OURS_MILLIS, e);
        }
    }

    /** Makes the limit the usual one if somebody died who had made it tiny. */
    void heal(VmId vm) {
        try {
            if (limit(vm) == OURS_MILLIS) {
                set(vm, USUAL_MILLIS);
            }
        } catch (DriverException e) {
            LOG.debug("VM {}: the downtime limit could not be looked at", vm, e);
        }
    }

    private long limit(VmId vm) {
        return guests.ask(vm, "read the downtime limit of", Domain::downtimeLimit);
    }

    private void set(VmId vm, long millis) {
        guests.change(vm, "set the downtime limit of", domain -> domain.downtimeLimit(millis));
    }
}
