package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of a file system that may not answer no thread of the JVM asks anything. */
final class DistantFilesTest {
    private static final String IMAGE = "/nas/vm/a.qcow2";

    private final FileSystem memory = Jimfs.newFileSystem(
            Configuration.unix().toBuilder().setAttributeViews("posix").build());
    private final List<String> asked = new ArrayList<>();
    private final NodeFiles files = new LocalFiles(memory, new NodeFiles() {
        @Override
        public Optional<byte[]> read(String path) {
            asked.add("read " + path);
            return Optional.of(new byte[] {7});
        }

        @Override
        public void write(String path, byte[] content) {
            asked.add("write " + path);
        }

        @Override
        public void delete(String path) {
            asked.add("delete " + path);
        }

        @Override
        public Optional<FileSystem> fileSystem(String path) {
            asked.add("file system of " + path);
            return Optional.of(new FileSystem("/nas", "nfs4", 42));
        }
    });

    @BeforeEach
    void mount() throws IOException {
        Path table = memory.getPath(MountTable.FILE);
        Files.createDirectories(table.getParent());
        Files.writeString(table, "1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:40 / /nas rw - nfs4 s:/x rw,soft\n");
    }

    @AfterEach
    void close() throws IOException {
        memory.close();
    }

    @Test
    void everythingGoesTheOtherWay() {
        assertThat(files.read(IMAGE))
                .hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(7));
        files.write(IMAGE, new byte[0]);
        files.delete(IMAGE);
        assertThat(files.fileSystem(IMAGE).orElseThrow().freeBytes()).isEqualTo(42);

        assertThat(asked)
                .containsExactly("read " + IMAGE, "write " + IMAGE, "delete " + IMAGE, "file system of " + IMAGE);
    }

    @Test
    void itsMountIsToldWithoutAsking() {
        NodeFiles.Mount mount = files.mount(IMAGE).orElseThrow();

        assertThat(mount.source()).isEqualTo("s:/x");
        assertThat(mount.options()).contains("soft");
        assertThat(asked).isEmpty();
    }

    @Test
    void whatIsReachedByALinkGoesTheOtherWayToo() throws IOException {
        Files.createSymbolicLink(memory.getPath("/guests"), memory.getPath("/nas/vm"));

        files.write("/guests/.vmsnap/x.json", new byte[0]);

        assertThat(asked).containsExactly("write /guests/.vmsnap/x.json");
    }

    @Test
    void theMachinesOwnFileSystemsAreAskedAtOnce() throws IOException {
        Files.createDirectory(memory.getPath("/guests"));

        assertThat(files.fileSystem("/guests/x").orElseThrow().type()).isEqualTo("ext4");
        assertThat(asked).isEmpty();
    }
}
