package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A small Linux with QEMU's guest agent. It has an ext4 file system on each of its disks, mounted at {@code /vda} and so on,
 * and counts: the next number becomes the last line of {@code ticks} on every disk, from the first to the last, is flushed,
 * and only then printed, so that {@link Console} tells what has reached the disks. While the guest is frozen it prints
 * nothing.
 *
 * <p>It boots in two seconds of an idle processor. A guest is a value; nothing exists until {@link #createDisks()} and until
 * libvirt is given {@link #domainXml()}. The methods that speak with the running guest wait for one that still boots, and
 * throw {@link IllegalStateException} when it does not answer in time or says that it cannot.
 *
 * @param name name of the domain
 * @param system the directory with {@code vmlinuz} and {@code scribe}, as {@code lab/node/image} prints it
 * @param disks one to three
 * @param serialLog the file that gets the ticks; {@link Console} reads it
 * @param socket the file that QEMU listens on for the line of commands; at most 107 bytes
 */
public record ScribeGuest(String name, Path system, List<GuestDisk> disks, Path serialLog, Path socket) {
    private static final int MEMORY_MIB = 128;
    private static final int DISK_MIB = 16;

    // No clock that a kernel on a busy machine would measure wrongly, no processor whose timer stops while it idles.
    // Programs lie where they lay the last time, so that an emulator need not translate them again.
    private static final String KERNEL_LINE = "console=ttyS0 quiet panic=-1 mitigations=off norandmaps no_timer_check"
            + " audit=0 lsm= cryptomgr.notests lpj=4000000 rdinit=/init";
    private static final String PROCESSOR = """
              <cpu mode='custom' match='exact' check='none'>
                <model fallback='forbid'>Nehalem</model>
                <feature policy='disable' name='tsc'/>
              </cpu>
            """;
    private static final String CHANNEL = """
                <channel type='unix'>
                  <target type='virtio' name='org.qemu.guest_agent.0'/>
                </channel>
            """;

    public ScribeGuest {
        disks = List.copyOf(disks);
        if (name.isEmpty() || name.contains("/")) {
            throw new IllegalArgumentException("not the name of a domain: " + name);
        }
        if (disks.isEmpty() || disks.size() > 3) {
            throw new IllegalArgumentException("one to three disks: " + disks.size());
        }
        if (!serialLog.isAbsolute() || !socket.isAbsolute() || !system.isAbsolute()) {
            throw new IllegalArgumentException("the paths of a guest must be absolute");
        }
    }

    /** A guest whose qcow2 disks of 16 MiB, log and socket lie in one directory. */
    public static ScribeGuest in(Path directory, String name, int numberOfDisks, Path system) {
        Path there = directory.toAbsolutePath();
        List<GuestDisk> disks = IntStream.range(0, numberOfDisks)
                .mapToObj(index -> new GuestDisk(
                        there.resolve(name + "-" + TickerGuest.target(index) + ".qcow2"),
                        GuestDisk.Format.QCOW2,
                        DISK_MIB))
                .toList();
        return new ScribeGuest(
                name, system.toAbsolutePath(), disks, there.resolve(name + ".log"), there.resolve(name + ".sock"));
    }

    /**
     * Makes the images, replacing what is there, each with an empty file system.
     *
     * @throws IOException if a file cannot be written or a command fails
     */
    public void createDisks() throws IOException {
        Path raw = serialLog.resolveSibling(name + ".raw");
        try {
            Tool.run(List.of("truncate", "-s", DISK_MIB + "M", raw.toString()));
            Tool.run(List.of("mkfs.ext4", "-q", "-F", raw.toString()));
            for (GuestDisk disk : disks) {
                String format = disk.format().qemuName();
                String file = disk.file().toString();
                Tool.run(List.of("qemu-img", "convert", "-q", "-f", "raw", "-O", format, raw.toString(), file));
            }
        } finally {
            Tool.run(List.of("rm", "-f", raw.toString()));
        }
    }

    /** The domain for libvirt: emulated, without graphics, network or sound, with a channel to the agent. */
    public String domainXml() {
        DomainXml.Firmware kernel =
                DomainXml.Firmware.kernel(system.resolve("vmlinuz"), system.resolve("scribe"), KERNEL_LINE, PROCESSOR);
        String ports = DomainXml.serialLog(serialLog) + DomainXml.serialSocket(socket, 1);
        return DomainXml.of(name, MEMORY_MIB, kernel, disks, ports, CHANNEL);
    }

    /**
     * Has the guest's shell run a line and returns what it printed, in one line. It may be run more than once. A line that
     * writes to a disk never ends while the guest is frozen.
     */
    public String tell(String line, Duration atMost) {
        return new GuestLine(socket).tell(line, atMost);
    }

    /** Stops the agent in its tracks; for libvirt it still seems to be there. */
    public void hangAgent(Duration atMost) {
        tell("agent_hang", atMost);
    }

    /** Lets the agent go on. */
    public void wakeAgent(Duration atMost) {
        tell("agent_wake", atMost);
    }

    /** Kills the agent; what it has frozen stays frozen. */
    public void killAgent(Duration atMost) {
        tell("agent_kill", atMost);
    }

    /** Starts the agent if it does not run. */
    public void startAgent(Duration atMost) {
        tell("agent_start", atMost);
    }

    /**
     * Has the agent run a line of shell before it freezes from now on; when that fails the guest is not frozen.
     *
     * @param line without a single quote
     */
    public void onFreeze(String line, Duration atMost) {
        if (line.contains("'")) {
            throw new IllegalArgumentException("without a single quote, please: " + line);
        }
        tell("echo '" + line + "' >/run/on-freeze", atMost);
    }

    /** Has the agent freeze again without further ado, and forget what it was asked. */
    public void forgetFreezes(Duration atMost) {
        tell("rm -f /run/on-freeze /run/asked", atMost);
    }

    /** What the agent has begun to do since it was told to forget: {@code freeze} and {@code thaw}, in order. */
    public List<String> freezes(Duration atMost) {
        String asked = tell("cat /run/asked 2>/dev/null || true", atMost);
        return asked.isEmpty() ? List.of() : List.of(asked.split(" "));
    }
}
