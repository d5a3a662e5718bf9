package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmConfiguration;
import java.time.Duration;
import java.util.List;

/** What a hypervisor does with RAM: into images and into places beside the disks, and back. Guarded by its datacenter. */
final class SavedRam {
    private final Datacenter datacenter;
    private final Images images;
    private final String driver;

    SavedRam(Datacenter datacenter, Images images, String driver) {
        this.datacenter = datacenter;
        this.images = images;
        this.driver = driver;
    }

    Duration toImages(InMemoryVm vm, List<Volume> volumes, SnapshotId id) {
        requireSavable(vm);
        boolean running = vm.power() == PowerState.RUNNING;
        vm.guest().hold();
        try {
            Duration pause = images.save(vm, volumes, id);
            return running ? pause : Duration.ZERO;
        } finally {
            if (running) {
                vm.guest().release();
            }
        }
    }

    void fromImages(
            InMemoryVm vm,
            List<Volume> volumes,
            SnapshotId id,
            VmConfiguration configuration,
            PowerState power,
            Runnable halfway) {
        String ram = images.requireRestorable(volumes, id);
        vm.guest().stop();
        halfway.run();
        images.restore(volumes, id);
        vm.useDefinition(Definition.parse(configuration.persistent()), Definition.parse(configuration.live()));
        vm.guest().resume(ram, power);
        vm.reversion().ramIsLoaded();
    }

    long toPlace(InMemoryVm vm, String place) {
        requireSavable(vm);
        long bytes = vm.definition().memoryBytes();
        datacenter.advance(Images.timeToSave(bytes));
        datacenter.ramPlaces().write(place, vm.ram(), bytes, driver);
        vm.guest().letGoOfDisks();
        return bytes;
    }

    void fromPlace(InMemoryVm vm, String place, VmConfiguration configuration, PowerState power, Runnable halfway) {
        String ram = datacenter.ramPlaces().read(place, driver);
        images.requireStartable(vm);
        vm.guest().stop();
        halfway.run();
        vm.useDefinition(vm.persistentDefinition(), Definition.parse(configuration.live()));
        vm.guest().resume(ram, power);
        vm.reversion().ramIsLoaded();
    }

    private void requireSavable(InMemoryVm vm) {
        vm.condition().ramObstacle().ifPresent(obstacle -> {
            throw new DriverException(driver, Reason.BROKEN, "the RAM of " + vm.id() + " cannot be saved: " + obstacle);
        });
    }
}
