package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.InMemoryHypervisor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Contract tests of hypervisor drivers that break one rule each. Nested, so that only the test of teeth runs them. */
final class BrokenHypervisors {
    private BrokenHypervisors() {}

    /** A contract test on a driver behind a front that breaks something. */
    abstract static class Broken extends HypervisorDriverContract {
        abstract HypervisorDriver front(InMemoryHypervisor sound);

        @Override
        protected final HypervisorLab openLab() {
            return new InMemoryHypervisorLab(this::front);
        }
    }

    @Breaks({
        "fence: without a lease nothing is done to a VM that runs",
        "fence: without a lease nothing is done to a VM that is off",
        "fence: without a lease no command begins, and no file is written or deleted"
    })
    static final class NeverAsksForTheLease extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public HypervisorDriver fencedBy(Fence fence) {
                    return new HypervisorFront.WithRoles(sound);
                }
            };
        }
    }

    @Breaks("hold: a release tells whether the guest was held until then")
    static final class TakesEveryGuestForHeld extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public boolean release(VmId vm) {
                    sound.release(vm);
                    return true;
                }
            };
        }
    }

    @Breaks("in-image RAM: a save that fails leaves the guest running, and no snapshot")
    static final class LeavesTheGuestHeldAfterAFailedSave extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
                    try {
                        return sound.save(vm, volumes, id, call);
                    } catch (DriverException failed) {
                        sound.hold(vm);
                        throw failed;
                    }
                }
            };
        }
    }

    @Breaks("in-image RAM: a save that fails leaves a held guest held")
    static final class ReleasesAHeldGuestAfterAFailedSave extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
                    try {
                        return sound.save(vm, volumes, id, call);
                    } catch (DriverException failed) {
                        sound.release(vm);
                        throw failed;
                    }
                }
            };
        }
    }

    @Breaks("in-image RAM: a restore can end with the guest paused, and its RAM there")
    static final class AlwaysRunsAfterARestore extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm,
                        List<Volume> volumes,
                        SnapshotId id,
                        VmConfiguration configuration,
                        PowerState power,
                        DriverCall call) {
                    sound.restore(vm, volumes, id, configuration, PowerState.RUNNING, call);
                }
            };
        }
    }

    @Breaks({
        "in-image RAM: a restore continues RAM and disks where they were",
        "in-image RAM: a restore starts a VM that is off",
        "in-image RAM: a restore can end with the guest paused, and its RAM there",
        "in-image RAM: a restore goes to any snapshot, twice, and keeps every snapshot"
    })
    static final class BootsInsteadOfContinuing extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm,
                        List<Volume> volumes,
                        SnapshotId id,
                        VmConfiguration configuration,
                        PowerState power,
                        DriverCall call) {
                    sound.restore(vm, volumes, id, configuration, power, call);
                    sound.stop(vm);
                    sound.start(vm, power == PowerState.PAUSED);
                }
            };
        }
    }

    @Breaks("in-image snapshots: a cut that fails in one image is in none, and the guest runs on")
    static final class CutsImageByImage extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
                    volumes.forEach(volume -> sound.cut(vm, List.of(volume), id, call));
                    return Duration.ZERO;
                }
            };
        }
    }

    @Breaks({
        "quiesce: a guest that was frozen and thawed writes again",
        "quiesce: thaw tells whether the guest was frozen, as often as it is asked"
    })
    static final class NeverThaws extends QuiesceContract {
        @Override
        protected HypervisorLab openLab() {
            return new InMemoryHypervisorLab(sound -> new HypervisorFront.WithRoles(sound) {
                private boolean frozen;

                @Override
                public void freeze(VmId vm, Duration deadline) {
                    sound.freeze(vm, deadline);
                    frozen = true;
                }

                @Override
                public boolean thaw(VmId vm) {
                    boolean was = frozen;
                    frozen = false;
                    return was;
                }
            });
        }
    }

    @Breaks("quiesce: thaw tells whether the guest was frozen, as often as it is asked")
    static final class SaysThatItThawed extends QuiesceContract {
        @Override
        protected HypervisorLab openLab() {
            return new InMemoryHypervisorLab(sound -> new HypervisorFront.WithRoles(sound) {
                @Override
                public boolean thaw(VmId vm) {
                    sound.thaw(vm);
                    return true;
                }
            });
        }
    }

    @Breaks("quiesce: a guest that is frozen is not frozen again, and stays frozen")
    static final class ThawsWhatOthersHaveFrozen extends QuiesceContract {
        @Override
        protected HypervisorLab openLab() {
            return new InMemoryHypervisorLab(sound -> new HypervisorFront.WithRoles(sound) {
                @Override
                public void freeze(VmId vm, Duration deadline) {
                    try {
                        sound.freeze(vm, deadline);
                    } catch (DriverException e) {
                        sound.thaw(vm);
                        throw e;
                    }
                }
            });
        }
    }

    @Breaks({
        "find: a VM that no node knows is empty, not an error",
        "forget: the VM is unknown, as often as it is asked"
    })
    static final class FailsToFindAStranger extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Optional<VmDescription> find(VmId vm) {
                    return Optional.of(sound.find(vm)
                            .orElseThrow(() -> new DriverException(id(), Reason.MISSING, "there is no " + vm)));
                }
            };
        }
    }

    @Breaks({
        "configuration: what was read can be defined again, and nothing differs",
        "configuration: starting and stopping makes no difference",
        "forget: what was forgotten can be defined again, with its disks as they were",
        "RAM beside: a restore makes no difference to the configuration",
        "generation ID: a VM that has none stays as it is"
    })
    static final class SeesDifferencesEverywhere extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public List<String> differences(VmConfiguration then, VmConfiguration now) {
                    return List.of("something");
                }
            };
        }
    }

    /** Breaks nothing, and claims no role. */
    static final class ClaimsNothing extends Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront(sound);
        }
    }
}
