package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The failures of this driver. */
final class Failures {
    static final String DRIVER = "kvm";

    // The programs that the drivers run, and their Debian packages.
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("qemu-img", "qemu-utils"),
            Map.entry("qemu-io", "qemu-utils"),
            Map.entry("virsh", "libvirt-clients"),
            Map.entry("ssh", "openssh-client"),
            Map.entry("nc", "netcat-openbsd"),
            Map.entry("lvm", "lvm2"),
            Map.entry("lvs", "lvm2"),
            Map.entry("swtpm", "swtpm"),
            Map.entry("flock", "util-linux"),
            Map.entry("setsid", "util-linux"),
            Map.entry("setpriv", "util-linux"),
            Map.entry("blkdiscard", "util-linux"),
            Map.entry("blockdev", "util-linux"),
            Map.entry("stat", "coreutils"),
            Map.entry("timeout", "coreutils"));

    private Failures() {}

    static DriverException of(Reason reason, String message) {
        return new DriverException(DRIVER, reason, message);
    }

    static DriverException of(Reason reason, String message, @Nullable Throwable cause) {
        return new DriverException(DRIVER, reason, message, cause);
    }

    static DriverException broken(String message) {
        return of(Reason.BROKEN, message);
    }

    /** A program that a machine lacks, with the package that has it. */
    static DriverException program(String program, String where) {
        return of(Reason.TOOL_MISSING, "there is no program " + program + " on " + where + remedy(program));
    }

    /** Names the package that has a program, where it is known. */
    static String remedy(String program) {
        String name = program.substring(program.lastIndexOf('/') + 1);
        String debian = PACKAGES.getOrDefault(name, "");
        return debian.isEmpty() ? "" : ": install it (package " + debian + " on Debian)";
    }

    /** A native library that this machine lacks, or that it cannot load. */
    static DriverException library(LinkageError failure) {
        // Below its first line JNA lists every place that it has tried, the class path among them.
        List<String> lines = String.valueOf(failure.getMessage()).lines().toList();
        String text = lines.isEmpty() ? "" : lines.get(0);
        String message;
        if (text.contains("com.sun.jna") || text.contains("jnidispatch")) {
            message =
                    "JNA's own native library cannot be loaded on this machine; the temporary directory may be mounted"
                            + " noexec (set -Djna.tmpdir to another one)";
        } else {
            String library = text.contains("virt-qemu") ? "libvirt-qemu.so.0" : "libvirt.so.0";
            message = "the library " + library + " cannot be loaded on this machine: install libvirt's client library"
                    + " (package libvirt0 on Debian, libvirt-libs on Red Hat)"
                    + lines.stream()
                            .filter(line -> line.startsWith("/"))
                            .findFirst()
                            .map(line -> "; " + line)
                            .orElse("");
        }
        return of(Reason.TOOL_MISSING, message);
    }

    static DriverException off(VmId vm) {
        return of(Reason.MISSING, "VM " + vm + " is off");
    }
}
