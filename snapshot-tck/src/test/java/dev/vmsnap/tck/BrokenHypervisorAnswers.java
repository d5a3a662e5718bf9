package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.InMemoryHypervisor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Contract tests of hypervisor drivers that claim something without proof, one each. */
final class BrokenHypervisorAnswers {
    private static final String ONLY_IF_ANSWERED =
            "find: is empty only if the node answered; one that does not answer is UNREACHABLE or TIMEOUT";
    private static final String TOOL_MISSING = "find: a library or program that is missing is TOOL_MISSING, and named";

    private BrokenHypervisorAnswers() {}

    @Breaks({ONLY_IF_ANSWERED, TOOL_MISSING})
    static final class TakesSilenceForAbsence extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Optional<VmDescription> find(VmId vm) {
                    try {
                        return sound.find(vm);
                    } catch (DriverException silence) {
                        return Optional.empty();
                    }
                }
            };
        }
    }

    @Breaks(TOOL_MISSING)
    static final class CallsAToolThatItLacksMissing extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public List<VmDescription> vms() {
                    try {
                        return sound.vms();
                    } catch (DriverException failed) {
                        Reason reason = failed.reason() == Reason.TOOL_MISSING ? Reason.MISSING : failed.reason();
                        throw new DriverException(id(), reason, String.valueOf(failed.getMessage()), failed);
                    }
                }
            };
        }
    }

    @Breaks(TOOL_MISSING)
    static final class DoesNotNameTheToolThatItLacks extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public List<VmDescription> vms() {
                    try {
                        return sound.vms();
                    } catch (DriverException failed) {
                        throw new DriverException(id(), failed.reason(), "a program is missing", failed);
                    }
                }
            };
        }
    }

    @Breaks("in-image snapshots: a delete that failed is success only if the images on storage hold it no more")
    static final class BelievesTheMemoryOfTheHypervisor extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
                    boolean known = sound.images(vm).stream()
                            .flatMap(image -> image.snapshots().stream())
                            .anyMatch(entry -> entry.name().equals(ImageInfo.tag(id)));
                    if (known) {
                        sound.delete(vm, volumes, id, call);
                    }
                }
            };
        }
    }

    @Breaks("in-image snapshots: a cut is in every image, without RAM, and the guest runs on")
    static final class EndsACutBeforeItBegan extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
                    return sound.cut(vm, volumes, id, call).minusMillis(1);
                }
            };
        }
    }

    @Breaks("obstacles: a VM that can start has none on its own node")
    static final class FindsObstaclesInAnotherVersion extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public List<String> obstacles(VmConfiguration configuration, String hypervisor) {
                    List<String> found = sound.obstacles(configuration, hypervisor);
                    return found.isEmpty() && !hypervisor.isEmpty() ? List.of("another version") : found;
                }
            };
        }
    }

    @Breaks("obstacles: a file that a start needs and that is gone is named")
    static final class OverlooksAFileThatIsGone extends BrokenHypervisors.Broken {
        @Override
        HypervisorDriver front(InMemoryHypervisor sound) {
            return new HypervisorFront.WithRoles(sound) {
                @Override
                public List<String> obstacles(VmConfiguration configuration, String hypervisor) {
                    return List.of();
                }
            };
        }
    }
}
