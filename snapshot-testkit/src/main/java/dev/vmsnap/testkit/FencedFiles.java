package dev.vmsnap.testkit;

import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;
import java.util.Optional;

/** Files that are changed only while a lease is held. */
record FencedFiles(NodeFiles files, HypervisorDriver.Fence fence) implements NodeFiles {

    @Override
    public Optional<byte[]> read(String path) {
        return files.read(path);
    }

    @Override
    public void write(String path, byte[] content) {
        fence.require();
        files.write(path, content);
    }

    @Override
    public void delete(String path) {
        fence.require();
        files.delete(path);
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        return files.fileSystem(path);
    }

    @Override
    public Optional<Mount> mount(String path) {
        return files.mount(path);
    }
}
