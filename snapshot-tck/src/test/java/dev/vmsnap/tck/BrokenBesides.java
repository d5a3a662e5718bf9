package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.TestCall;

/** Contract tests of hypervisor drivers that break one rule each of RAM beside the disks, or of VMs that come and go. */
final class BrokenBesides {
    private static final String HELD = "RAM beside: a save keeps the guest held, and tells how much it takes";
    private static final String GOES_ON = "RAM beside: a guest that was saved goes on where it was once it is released";
    private static final String RUNS = "RAM beside: a guest that runs is not saved, and runs on";
    private static final String CONTINUES =
            "RAM beside: a restore continues RAM where it was, twice, with the disks as they are";
    private static final String FROM_OFF = "RAM beside: a restore starts a VM that is off";
    private static final String PAUSED = "RAM beside: a restore can end with the guest paused, and its RAM there";
    private static final String OWN = "RAM beside: each place keeps its own RAM";
    private static final String NO_DIFFERENCE = "RAM beside: a restore makes no difference to the configuration";
    private static final String CANCELLED =
            "RAM beside: a save that is cancelled leaves the guest held, and it can go on";
    private static final String TOO_SMALL =
            "RAM beside: a place that is too small is NO_SPACE, and the guest stays held and can go on";
    private static final String EMPTY = "RAM beside: a place that holds no RAM brings none back, and the VM stays off";
    private static final String UNKNOWN = "forget: the VM is unknown, as often as it is asked";
    private static final String AGAIN = "forget: what was forgotten can be defined again, with its disks as they were";
    private static final String ACTIVE = "forget: a VM that is active is not forgotten, and runs on";

    private BrokenBesides() {}

    @Breaks(HELD)
    static final class LetsTheGuestGoAfterASave extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    long bytes = sound.save(vm, target, call);
                    sound.release(vm);
                    return bytes;
                }
            };
        }
    }

    @Breaks(HELD)
    static final class TellsOfNoBytes extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    sound.save(vm, target, call);
                    return 0;
                }
            };
        }
    }

    @Breaks(GOES_ON)
    static final class LosesTheRamThatItSaved extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    long bytes = sound.save(vm, target, call);
                    sound.stop(vm);
                    sound.start(vm, true);
                    return bytes;
                }
            };
        }
    }

    @Breaks(RUNS)
    static final class SavesAGuestThatRuns extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    sound.hold(vm);
                    return sound.save(vm, target, call);
                }
            };
        }
    }

    @Breaks({CONTINUES, FROM_OFF, PAUSED, OWN, CANCELLED, TOO_SMALL})
    static final class BootsInsteadOfGoingOn extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
                    sound.restore(vm, target, configuration, power, call);
                    sound.stop(vm);
                    sound.start(vm, power == PowerState.PAUSED);
                }
            };
        }
    }

    @Breaks(CONTINUES)
    static final class UsesThePlaceUp extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                private String used = "";

                @Override
                public void restore(
                        VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
                    if (target.equals(used)) {
                        throw new DriverException(id(), Reason.BROKEN, "it was used up");
                    }
                    used = target;
                    sound.restore(vm, target, configuration, power, call);
                }
            };
        }
    }

    @Breaks(PAUSED)
    static final class AlwaysRunsAfterARestore extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
                    sound.restore(vm, target, configuration, PowerState.RUNNING, call);
                }
            };
        }
    }

    @Breaks(NO_DIFFERENCE)
    static final class ChangesTheConfiguration extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
                    sound.restore(vm, target, configuration, power, call);
                    sound.vm(vm.value()).configure("restored=yes");
                }
            };
        }
    }

    @Breaks(CANCELLED)
    static final class CannotBeCancelled extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    return sound.save(vm, target, new TestCall(call.vm(), sound));
                }
            };
        }
    }

    @Breaks(TOO_SMALL)
    static final class KeepsQuietAboutSpace extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    try {
                        return sound.save(vm, target, call);
                    } catch (DriverException full) {
                        if (full.reason() == Reason.NO_SPACE) {
                            return 1;
                        }
                        throw full;
                    }
                }
            };
        }
    }

    @Breaks(TOO_SMALL)
    static final class LetsTheGuestGoAfterAFailedSave extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public long save(VmId vm, String target, DriverCall call) {
                    try {
                        return sound.save(vm, target, call);
                    } catch (DriverException failed) {
                        sound.release(vm);
                        throw failed;
                    }
                }
            };
        }
    }

    @Breaks(EMPTY)
    static final class BootsWhereThereIsNoRam extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void restore(
                        VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
                    try {
                        sound.restore(vm, target, configuration, power, call);
                    } catch (DriverException failed) {
                        sound.start(vm, false);
                        throw failed;
                    }
                }
            };
        }
    }

    @Breaks(UNKNOWN)
    static final class ForgetsNothing extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void forget(VmId vm) {
                    if (sound.find(vm).orElseThrow().power().isActive()) {
                        throw new DriverException(id(), Reason.IN_USE, vm + " is active");
                    }
                }
            };
        }
    }

    @Breaks(UNKNOWN)
    static final class ForgetsOnlyOnce extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void forget(VmId vm) {
                    if (sound.find(vm).isEmpty()) {
                        throw new DriverException(id(), Reason.MISSING, "there is no " + vm);
                    }
                    sound.forget(vm);
                }
            };
        }
    }

    @Breaks(AGAIN)
    static final class DefinesOnlyWhatItKnows extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void define(VmId vm, VmConfiguration configuration) {
                    if (sound.find(vm).isEmpty()) {
                        throw new DriverException(id(), Reason.MISSING, "there is no " + vm);
                    }
                    sound.define(vm, configuration);
                }
            };
        }
    }

    @Breaks(AGAIN)
    static final class ForgetsTheDisksToo extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void forget(VmId vm) {
                    if (sound.find(vm)
                            .filter(found -> !found.power().isActive())
                            .isPresent()) {
                        sound.vm(vm.value()).write("vda", "");
                    }
                    sound.forget(vm);
                }
            };
        }
    }

    @Breaks(ACTIVE)
    static final class StopsWhatItForgets extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void forget(VmId vm) {
                    if (sound.find(vm).isPresent()) {
                        sound.stop(vm);
                    }
                    sound.forget(vm);
                }
            };
        }
    }
}
