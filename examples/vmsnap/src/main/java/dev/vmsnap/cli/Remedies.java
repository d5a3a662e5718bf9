package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Refusal;
import dev.vmsnap.VmId;

/** How to go on in the words of this command line, where the library speaks of calls and of its own wiring. */
final class Remedies {
    private Remedies() {}

    static String of(Refusal refusal) {
        return switch (refusal.code()) {
            case SNAPSHOT_IN_TRANSITION ->
                "Wait for that operation; if its process died, 'vmsnap recover' finishes it.";
            case DISK_NOT_COVERED -> "Say --keep-configuration, or --accept-drift, if that is meant.";
            case CONFIGURATION_DRIFTED ->
                refusal.data().containsKey("disk")
                        ? refusal.remedy()
                        : refusal.remedy() + " See --accept-drift and --keep-configuration.";
            case DIRTY_BITMAPS -> refusal.remedy() + " Or say --drop-bitmaps to a restore.";
            case TEMPLATE_IN_USE -> "Run 'vmsnap unassign' or 'vmsnap assign' for these VMs first.";
            case NO_STORAGE_DRIVER ->
                "BLOCK".equals(refusal.data().get("type"))
                        ? "Name the disk's volume group with --lvm or --shared-lvm if the disk is a logical volume. A whole"
                                + " disk, a partition and an encrypted device have no snapshots; give the VM a logical"
                                + " volume or an image instead."
                        : refusal.remedy();
            case STORAGE_AWAY ->
                refusal.data().containsKey("sameExport")
                        ? "Mount the export with the snapshots again; if it only has another name now, say '--same-export "
                                + refusal.data().get("sameExport") + "'."
                        : refusal.remedy();
            default -> refusal.remedy();
        };
    }

    static String of(Finding finding) {
        return switch (finding.kind()) {
            case OPEN_OPERATION -> "Run 'vmsnap recover'.";
            case LEFT_BEHIND -> "Run 'vmsnap recover' when the storage is back or the disk is free.";
            case LEAKED_SPACE ->
                "Power the VM off and run 'vmsnap recover "
                        + finding.vm().map(VmId::value).orElse("") + "'.";
            case UNAVAILABLE -> finding.remedy().replace("call recover()", "run 'vmsnap recover'");
            case VM_GONE ->
                "If the VM was deleted, run 'vmsnap vm-deleted "
                        + finding.vm().map(VmId::value).orElse("") + "'.";
            default -> finding.remedy();
        };
    }
}
