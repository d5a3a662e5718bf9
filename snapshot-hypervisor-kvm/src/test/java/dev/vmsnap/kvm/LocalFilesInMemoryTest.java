package dev.vmsnap.kvm;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

final class LocalFilesInMemoryTest extends FilesContract {
    private final FileSystem memory = Jimfs.newFileSystem(
            Configuration.unix().toBuilder().setAttributeViews("posix").build());

    @BeforeEach
    void makeDirectory() throws IOException {
        Files.createDirectories(directory());
    }

    @AfterEach
    void close() throws IOException {
        memory.close();
    }

    @Override
    NodeFiles files() {
        return new LocalFiles(memory);
    }

    @Override
    Path directory() {
        return memory.getPath("/some/where");
    }
}
