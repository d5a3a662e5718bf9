package dev.vmsnap.testkit;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.spi.DriverCall;

/** Checks the requirements of a hypervisor on a VM before it works on it. Guarded by its datacenter. */
final class Preconditions {
    private Preconditions() {}

    static void requireAgent(InMemoryVm vm) {
        if (!vm.condition().agent) {
            throw failure(Reason.MISSING, vm.id() + " has no guest agent");
        }
        if (vm.power() != PowerState.RUNNING) {
            throw failure(Reason.TIMEOUT, "the guest agent of " + vm.id() + " does not answer: it does not run");
        }
    }

    static void requireEnd(PowerState power) {
        if (power != PowerState.RUNNING && power != PowerState.PAUSED) {
            throw new IllegalArgumentException("a VM with RAM ends RUNNING or PAUSED, not " + power);
        }
    }

    static void requireOff(InMemoryVm vm) {
        if (vm.isActive()) {
            throw failure(Reason.IN_USE, vm.id() + " is not off");
        }
    }

    static InMemoryVm requireActive(InMemoryVm vm) {
        if (!vm.isActive()) {
            throw failure(Reason.BROKEN, vm.id() + " is off");
        }
        return vm;
    }

    static InMemoryVm requireDisks(InMemoryVm vm) {
        if (vm.guest().isWithoutDisks()) {
            throw failure(Reason.IN_USE, "the RAM of " + vm.id() + " was saved, and it has not run since");
        }
        return vm;
    }

    static void requireIdle(InMemoryVm vm) {
        vm.condition().job.ifPresent(job -> {
            throw failure(Reason.IN_USE, vm.id() + " is busy: " + job);
        });
    }

    static void requireNotCancelled(DriverCall call) {
        if (call.cancelled()) {
            throw new CancelledException("the work on " + call.vm().id() + " was cancelled");
        }
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException("in-memory", reason, message);
    }
}
