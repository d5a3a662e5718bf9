package dev.vmsnap.storage.lvm;

import dev.vmsnap.VmId;
import dev.vmsnap.spi.DriverCall;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose a logical volume of ours is, as its tag says. One tag says all of it, so that there is none without the rest.
 *
 * @param store the store that knows of it
 * @param vm the VM that it belongs to
 * @param epoch of the lease under which it was made
 */
record Owner(String store, VmId vm, long epoch) {
    private static final Pattern TAG =
            Pattern.compile("vmsnap=([a-z0-9-]{1,40})/([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})/([0-9]{1,18})");

    static Owner of(DriverCall call) {
        return new Owner(call.store(), call.vm().id(), call.epoch());
    }

    /** The one owner that tags name; empty when they name none, or several. */
    static Optional<Owner> in(Collection<String> tags) {
        List<Owner> owners = tags.stream().flatMap(tag -> read(tag).stream()).toList();
        return owners.size() == 1 ? Optional.of(owners.get(0)) : Optional.empty();
    }

    private static Optional<Owner> read(String tag) {
        Matcher match = TAG.matcher(tag);
        return match.matches()
                ? Optional.of(new Owner(match.group(1), VmId.of(match.group(2)), Long.parseLong(match.group(3))))
                : Optional.empty();
    }

    /** Whether both are the same VM's in the same store, whatever the lease. */
    boolean sameAs(Owner other) {
        return store.equals(other.store) && vm.equals(other.vm);
    }

    String tag() {
        return "vmsnap=" + store + "/" + vm + "/" + epoch;
    }
}
