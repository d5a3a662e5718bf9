package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.testkit.InMemoryHypervisor;

/** Contract tests of hypervisor drivers that leave a guest in the dark of having gone back in time, one each. */
final class BrokenReversions {
    private BrokenReversions() {}

    @Breaks("generation ID: a VM that is off and has one gets a new one, each time it is asked")
    static final class RenewsNothing extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void renew(VmId vm) {
                    if (sound.find(vm).orElseThrow().power() != PowerState.OFF) {
                        sound.renew(vm);
                    }
                }
            };
        }
    }

    @Breaks("generation ID: a VM that has none stays as it is")
    static final class GivesEachVmAGenerationId extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void renew(VmId vm) {
                    sound.vm(vm.value()).reversion().withGenerationId();
                    sound.renew(vm);
                }
            };
        }
    }

    @Breaks("generation ID: a VM that is active keeps its own and runs on")
    static final class RenewsTheIdOfAnActiveVm extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void renew(VmId vm) {
                    sound.stop(vm);
                    sound.renew(vm);
                }
            };
        }
    }

    @Breaks("guest clock: setting it without an agent fails, and the guest runs on")
    static final class SaysThatItSetAClock extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void set(VmId vm) {
                    try {
                        sound.set(vm);
                    } catch (DriverException noAgent) {
                        return;
                    }
                }
            };
        }
    }
}
