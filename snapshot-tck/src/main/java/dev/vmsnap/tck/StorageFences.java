package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import dev.vmsnap.testkit.TestCall;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Holds a storage driver to the fence: it changes nothing for a caller whose lease may be over. */
abstract class StorageFences extends StorageFixture {

    @Test
    @DisplayName("fence: without a lease nothing is cut, brought back or deleted")
    final void withoutALeaseNothingIsChanged() {
        Volume volume = newVolume("vda", "v1");
        List<Volume> volumes = List.of(volume);
        cut(volume, FIRST);
        lab().write(volume, "v2");
        TestCall call = TestCall.fenced(descriptionOf(VM, volumes), lab().hypervisor(), () -> {
            throw new DriverException("contract", Reason.LEASE_LOST, "the lease is over");
        });

        assertRefused(() -> driver().cut(volumes, SECOND, call));
        assertRefused(() -> driver().restore(volumes, FIRST, call));
        assertRefused(() -> driver().delete(volumes, FIRST, call));

        assertHolds(volume, FIRST);
        assertContent(volume, "v2");
    }

    private static void assertRefused(ThrowingCallable change) {
        assertThat(assertFails(change).reason()).isEqualTo(Reason.LEASE_LOST);
    }
}
