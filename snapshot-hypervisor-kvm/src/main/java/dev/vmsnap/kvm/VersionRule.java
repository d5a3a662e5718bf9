package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.HypervisorVersion.dotted;

import java.util.List;

/**
 * States what follows from the versions of libvirt and QEMU on a node: each rule holds from one version on and before
 * another one. No other place compares versions with numbers; an unknown version breaks no rule. docs/drivers.md has
 * the same table for readers.
 */
enum VersionRule {
    /** Debian 12 has 9.0, the oldest one that the tests run on. */
    OLD_LIBVIRT(Concern.NODE, "", "9.0", "", "", "libvirt %1$s is older than 9.0"),

    /** Debian 12 has 7.2, the oldest one that the tests run on. */
    OLD_QEMU(Concern.NODE, "", "", "", "7.2", "QEMU %2$s is older than 7.2"),

    /** QEMU 11 starts with saved RAM only by what libvirt 12.1 brought (libvirt's NEWS). */
    PAIR_CANNOT_RESTORE(
            Concern.RAM,
            "",
            "12.1",
            "11.0",
            "",
            "libvirt %1$s cannot start QEMU %2$s with saved RAM: update libvirt to 12.1 or newer"),

    /** Seen on 12.8 with QEMU 11.1: libvirt_iohelper dies of SIGPIPE if a device goes on behind the RAM; not on 11.3. */
    RAM_ON_DEVICES(
            Concern.RAM_ON_DEVICES,
            "12.1",
            "",
            "",
            "",
            "libvirt %1$s cannot read saved RAM from a block device: keep the VM's disks in files, or use libvirt 12.0");

    /** Names the part of a node's work that a rule is about. */
    enum Concern {
        /** All of it: reported, and nothing is refused. */
        NODE,
        /** RAM of each VM. */
        RAM,
        /** RAM of a VM that has a disk on a block device, where its RAM may be kept too. */
        RAM_ON_DEVICES
    }

    private final Concern concern;
    private final String libvirtFrom;
    private final String libvirtBefore;
    private final String qemuFrom;
    private final String qemuBefore;
    private final String phrase;

    VersionRule(
            Concern concern,
            String libvirtFrom,
            String libvirtBefore,
            String qemuFrom,
            String qemuBefore,
            String phrase) {
        this.concern = concern;
        this.libvirtFrom = libvirtFrom;
        this.libvirtBefore = libvirtBefore;
        this.qemuFrom = qemuFrom;
        this.qemuBefore = qemuBefore;
        this.phrase = phrase;
    }

    Concern concern() {
        return concern;
    }

    boolean holds(HypervisorVersion versions) {
        return isWithin(versions.libvirt(), libvirtFrom, libvirtBefore)
                && isWithin(versions.qemu(), qemuFrom, qemuBefore);
    }

    private static boolean isWithin(List<Integer> version, String from, String before) {
        if (from.isEmpty() && before.isEmpty()) {
            return true;
        }
        return !version.isEmpty()
                && (from.isEmpty() || !HypervisorVersion.older(version, HypervisorVersion.numbers(from)))
                && (before.isEmpty() || HypervisorVersion.older(version, HypervisorVersion.numbers(before)));
    }

    String phrase(HypervisorVersion versions) {
        return phrase.formatted(dotted(versions.libvirt()), dotted(versions.qemu()));
    }
}
