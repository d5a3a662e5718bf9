package dev.vmsnap.examples.storage;

import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The files of this machine; a host has them from its hypervisor driver, which also syncs what it writes. */
final class PlainFiles implements NodeFiles {
    @Override
    public Optional<byte[]> read(String path) {
        try {
            return Files.exists(Path.of(path)) ? Optional.of(Files.readAllBytes(Path.of(path))) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(String path, byte[] content) {
        try {
            Files.createDirectories(Path.of(path).getParent());
            Files.write(Path.of(path), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void delete(String path) {
        try {
            Files.deleteIfExists(Path.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        try {
            FileStore store = Files.getFileStore(Path.of(path));
            return Optional.of(new FileSystem("/", store.type(), store.getUsableSpace()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
