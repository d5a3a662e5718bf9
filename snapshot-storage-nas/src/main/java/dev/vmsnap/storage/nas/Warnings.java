package dev.vmsnap.storage.nas;

import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.storage.nas.Standing.Here;
import java.util.Map;
import java.util.stream.Stream;

/** What endangers a guest by the way its disk is mounted or opened, and keeps nobody from taking snapshots. */
final class Warnings {
    private Warnings() {}

    static Stream<Notice> of(Here here, DriverCall call) {
        return Stream.of(
                        Map.entry(here.soft(), soft(here)),
                        Map.entry(here.locksAlone(), locksAlone(here)),
                        Map.entry(isPageCached(here, call), pageCached(here)))
                .filter(Map.Entry::getKey)
                .map(Map.Entry::getValue);
    }

    private static Notice soft(Here here) {
        return new Notice(
                Notice.Code.SOFT_MOUNT,
                disk(here)
                        + ", which is mounted soft: while the server does not answer for some time the guest's writes"
                        + " fail, and its file systems are damaged. Mount it hard.",
                data(here));
    }

    private static Notice locksAlone(Here here) {
        return new Notice(
                Notice.Code.LOCAL_LOCKS,
                disk(here) + ", which is mounted so that locks hold on this node alone: nothing keeps another node from"
                        + " writing to the image at the same time. Mount it without nolock and local_lock.",
                data(here));
    }

    private static boolean isPageCached(Here here, DriverCall call) {
        return call.vm().disks().stream()
                .anyMatch(disk ->
                        disk.target().equals(here.volume().target()) && disk.is(VmDescription.Disk.Flag.PAGE_CACHED));
    }

    private static Notice pageCached(Here here) {
        return new Notice(
                Notice.Code.PAGE_CACHED,
                disk(here)
                        + ", and the node's page cache is in between: should there be no room for the VM's RAM, QEMU can"
                        + " use the disk no more until the VM was powered off. Give it the cache mode none.",
                data(here));
    }

    private static Map<String, String> data(Here here) {
        Volume volume = here.volume();
        return Map.of("disk", volume.target(), "source", volume.source(), "store", Absence.printable(here.store()));
    }

    private static String disk(Here here) {
        return "Disk " + here.volume().target() + " lies on " + Absence.printable(here.store());
    }
}
