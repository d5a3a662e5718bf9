package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;
import java.util.List;

/** The manifests of a VM beside its volumes: one in each directory that its volumes lie in. */
final class ManifestFiles {
    private static final int ATTEMPTS = 3;

    private final List<String> directories;
    private final String name;
    private final NodeFiles files;
    private final Commands commands;

    ManifestFiles(List<Volume> volumes, VmId vm, HypervisorDriver node) {
        this.directories = Directories.ours(volumes);
        this.name = "/" + vm.value() + ".json";
        this.files = node.files();
        this.commands = node.commands();
    }

    void write(byte[] content) {
        directories.forEach(directory -> write(directory + name, content));
    }

    private void write(String path, byte[] content) {
        for (int attempt = 1; ; attempt++) {
            try {
                files.write(path, content);
                return;
            } catch (DriverException failure) {
                // Another VM may just have removed the directory that was still empty.
                if (failure.reason() != Reason.MISSING || attempt == ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }

    /** Removes them, and the directories that are empty then. */
    void remove() {
        for (String directory : directories) {
            files.delete(directory + name);
            // It fails when other VMs have manifests there, or when nothing is there; both are well.
            commands.run(Commands.Command.of("rmdir", "--", directory));
        }
    }
}
