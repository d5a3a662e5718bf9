package dev.vmsnap.kvm;

import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;
import java.util.Optional;

/** Files of a node that are changed only while the caller holds a lease; this process checks that right before it. */
final class FencedFiles implements NodeFiles {
    private final NodeFiles files;
    private final HypervisorDriver.Fence fence;

    FencedFiles(NodeFiles files, HypervisorDriver.Fence fence) {
        this.files = files;
        this.fence = fence;
    }

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
