package dev.vmsnap.kvm;

import dev.vmsnap.spi.NodeFiles;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class LocalFilesTest extends FilesContract {
    @TempDir
    Path directory;

    @Override
    NodeFiles files() {
        return new LocalFiles(FileSystems.getDefault());
    }

    @Override
    Path directory() {
        return directory;
    }
}
