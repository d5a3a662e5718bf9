package dev.vmsnap.lab.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A node of the lab: a Debian machine with libvirt and LVM that tests may do to as they like. Commands go to it as root
 * through OpenSSH. For several threads.
 *
 * @param name its name in the lab
 * @param uri its libvirt daemon, for {@code KvmHypervisor.connect}; stays the same over a crash
 * @param address where the other nodes of the lab reach it
 * @param sshConfiguration OpenSSH's file that knows the node by its name
 */
public record LabNode(String name, String uri, String address, Path sshConfiguration) {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** The volume group that the node has alone, 32 GiB less a little. */
    public String ownGroup() {
        return "vg_own";
    }

    /** The volume group that the nodes share, on a disk of 8 GiB; there when the lab has two nodes. */
    public String sharedGroup() {
        return "vg_san";
    }

    /**
     * Runs a command and returns what it printed, without space around. The arguments arrive as they are; for a shell's
     * line ask for {@code sh -c}.
     *
     * @throws IllegalStateException if it fails, with what it complained of, or has not ended within two minutes
     */
    public String run(String... command) {
        return attempt(command).succeeded().output();
    }

    /**
     * Runs a command, whatever its exit code; 255 if the node cannot be reached.
     *
     * @throws IllegalStateException if it has not ended within two minutes
     */
    public Execution attempt(String... command) {
        return attempt(List.of(command), new byte[0], PATIENCE);
    }

    /**
     * Runs a command that is given something to read, whatever its exit code.
     *
     * @throws IllegalStateException if it has not ended in time
     */
    public Execution attempt(List<String> command, byte[] input, Duration atMost) {
        return Execution.of(program(command.toArray(String[]::new)), command, input, atMost);
    }

    /** What runs here so that a command runs there. */
    List<String> program(String... command) {
        String line = Stream.of(command).map(LabNode::quoted).collect(Collectors.joining(" "));
        return List.of("ssh", "-F", sshConfiguration.toString(), name, line);
    }

    /** Makes a file of that content, or writes it to the start of a device. */
    public void write(byte[] content, String path) {
        boolean device = path.startsWith("/dev/");
        List<String> command = device
                ? List.of("dd", "of=" + path, "bs=1M", "iflag=fullblock", "conv=notrunc,fsync", "status=none")
                : List.of("dd", "of=" + path, "bs=1M", "iflag=fullblock", "status=none");
        attempt(command, content, PATIENCE).succeeded();
    }

    /** Copies a file of this machine's there. */
    public void write(Path file, String path) {
        try {
            write(Files.readAllBytes(file), path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a part of a file or of a device, past all caches of the node where the storage allows it.
     *
     * @param sector where it begins, in sectors of 512 bytes
     * @param sectors how much, in sectors of 512 bytes
     */
    public byte[] read(String path, long sector, int sectors) {
        List<String> command = List.of(
                "dd", "if=" + path, "bs=512", "skip=" + sector, "count=" + sectors, "iflag=direct", "status=none");
        return attempt(command, new byte[0], PATIENCE).succeeded().bytes();
    }

    /** The shell at the other end gets one line. */
    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
