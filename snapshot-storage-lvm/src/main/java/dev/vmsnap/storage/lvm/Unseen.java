package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.Map;

/** Volumes of which nothing is known, and why: none of this is proof that anything is gone. */
final class Unseen {
    private Unseen() {}

    static VolumeState state(Volume volume, DriverException why) {
        return unknown(volume, Code.STORAGE_AWAY, "it could not be inspected: " + cause(why), remedy(why));
    }

    /** A group without all its disks: LVM may have read an old copy of what the group holds. */
    static VolumeState partial(Volume volume, VolumeGroup group) {
        return unknown(
                volume,
                Code.IMAGE_UNUSABLE,
                "it is not in volume group " + group.name() + ", from which a physical volume is missing",
                "Bring the missing physical volume back ('pvs' names it).");
    }

    /** A device whose name only looks like a logical volume's. */
    static VolumeState others(Volume volume, Devices.Device device) {
        return unknown(
                volume,
                Code.STORAGE_UNSUPPORTED,
                "it is no logical volume but device " + device.name() + " of device-mapper, made by " + device.maker(),
                "Give the VM a logical volume itself; encryption and partitions can be inside the guest.");
    }

    private static VolumeState unknown(Volume volume, Code code, String what, String remedy) {
        return new VolumeState.Unknown(
                volume,
                new Refusal(
                        code,
                        "Disk " + volume.target() + " (" + volume.source() + "): " + what + ".",
                        remedy,
                        Map.of("disk", volume.target(), "source", volume.source())));
    }

    private static String cause(DriverException why) {
        return why.reason() == DriverException.Reason.TIMEOUT
                ? "a device on the node does not answer LVM (" + why.getMessage() + ")"
                : String.valueOf(why.getMessage());
    }

    /** Returns the remedy, a sentence. */
    static String remedy(DriverException why) {
        return switch (why.reason()) {
            case TOOL_MISSING -> "Install lvm2 and util-linux on the node.";
            case TIMEOUT ->
                "Find the device that does not answer on the node ('dmsetup info' shows those that are suspended, 'dmesg'"
                        + " those that fail), and bring it back or hide it from LVM.";
            case DENIED -> "Let vmsnap work as root on the node.";
            case UNREACHABLE ->
                "Let the node see the volume group again ('vgs', 'pvs -a' and the filters in lvm.conf tell why it does"
                        + " not).";
            default -> why.recovery();
        };
    }
}
