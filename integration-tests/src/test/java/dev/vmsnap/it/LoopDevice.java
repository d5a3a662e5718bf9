package dev.vmsnap.it;

import java.nio.file.Path;

/**
 * A block device of a test, with a name of its own in the test's directory: those in {@code /dev} that are made later the
 * lab's daemon does not see.
 *
 * @param path the device
 */
record LoopDevice(String path) {
    static LoopDevice of(Lab lab, int mebibytes) {
        String name = lab.newName();
        Path file = lab.directory().resolve(name + ".img");
        Path node = lab.directory().resolve(name + ".dev");
        Shell.run("truncate", "-s", mebibytes + "M", file.toString());
        String device = Shell.run("losetup", "-f", "--show", file.toString()).strip();
        lab.cleanUp(() -> Shell.run("losetup", "-d", device));
        String[] numbers = Shell.run("stat", "-c", "%t %T", device).strip().split(" ", 2);
        Shell.run(
                "mknod",
                "-m",
                "600",
                node.toString(),
                "b",
                "" + Integer.parseInt(numbers[0], 16),
                "" + Integer.parseInt(numbers[1], 16));
        return new LoopDevice(node.toString());
    }
}
