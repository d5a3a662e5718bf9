package dev.vmsnap.tck;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.InMemoryHypervisor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Hands every call on to a sound driver, without any role; what is broken overrides it. */
class HypervisorFront implements HypervisorDriver {
    final InMemoryHypervisor sound;

    HypervisorFront(InMemoryHypervisor sound) {
        this.sound = sound;
    }

    @Override
    public String id() {
        return sound.id();
    }

    @Override
    public List<String> outdated() {
        return sound.outdated();
    }

    @Override
    public List<String> lacks(Set<String> programs) {
        return sound.lacks(programs);
    }

    @Override
    public String version() {
        return sound.version();
    }

    @Override
    public List<VmDescription> vms() {
        return sound.vms();
    }

    @Override
    public Optional<VmDescription> find(VmId vm) {
        return sound.find(vm);
    }

    @Override
    public VmConfiguration configuration(VmId vm) {
        return sound.configuration(vm);
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        return sound.differences(then, now);
    }

    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        sound.define(vm, configuration);
    }

    @Override
    public void forget(VmId vm) {
        sound.forget(vm);
    }

    @Override
    public void stop(VmId vm) {
        sound.stop(vm);
    }

    @Override
    public void start(VmId vm, boolean held) {
        sound.start(vm, held);
    }

    @Override
    public Commands commands() {
        return sound.commands();
    }

    @Override
    public Commands commandsAs(VmId vm) {
        return sound.commandsAs(vm);
    }

    @Override
    public NodeFiles files() {
        return sound.files();
    }

    @Override
    public void close() {
        sound.close();
    }

    /** With every role. */
    static class WithRoles extends HypervisorFront
            implements HypervisorDriver.Hold,
                    HypervisorDriver.InImageSnapshots,
                    HypervisorDriver.InImageRam,
                    HypervisorDriver.RamBeside,
                    HypervisorDriver.GenerationIds,
                    HypervisorDriver.GuestClock,
                    HypervisorDriver.Relocation,
                    HypervisorDriver.Quiesce {
        WithRoles(InMemoryHypervisor sound) {
            super(sound);
        }

        @Override
        public void hold(VmId vm) {
            sound.hold(vm);
        }

        @Override
        public boolean release(VmId vm) {
            return sound.release(vm);
        }

        @Override
        public List<ImageInfo> images(VmId vm) {
            return sound.images(vm);
        }

        @Override
        public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
            return sound.cut(vm, volumes, id, call);
        }

        @Override
        public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
            sound.delete(vm, volumes, id, call);
        }

        @Override
        public void reclaim(VmId vm, List<Volume> volumes, DriverCall call) {
            sound.reclaim(vm, volumes, call);
        }

        @Override
        public Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
            return sound.save(vm, volumes, id, call);
        }

        @Override
        public void restore(
                VmId vm,
                List<Volume> volumes,
                SnapshotId id,
                VmConfiguration configuration,
                PowerState power,
                DriverCall call) {
            sound.restore(vm, volumes, id, configuration, power, call);
        }

        @Override
        public long save(VmId vm, String target, DriverCall call) {
            return sound.save(vm, target, call);
        }

        @Override
        public void restore(VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
            sound.restore(vm, target, configuration, power, call);
        }

        @Override
        public void renew(VmId vm) {
            sound.renew(vm);
        }

        @Override
        public void set(VmId vm) {
            sound.set(vm);
        }

        @Override
        public List<String> obstacles(VmConfiguration configuration, String hypervisor) {
            return sound.obstacles(configuration, hypervisor);
        }

        @Override
        public VmConfiguration relocated(VmConfiguration configuration, Map<String, String> sources) {
            return sound.relocated(configuration, sources);
        }

        @Override
        public void freeze(VmId vm, Duration deadline) {
            sound.freeze(vm, deadline);
        }

        @Override
        public boolean thaw(VmId vm) {
            return sound.thaw(vm);
        }
    }
}
