package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoreFileTest {
    private static final VmId VM = VmId.of("vm-1");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"000", "022", "077", "0277"})
    void allFilesAreTheirOwnersOnlyUnderAnyUmask(String umask) throws Exception {
        Path file = directory.resolve("made/for it/snapshots.db");
        List<String> shell = List.of("sh", "-c", "umask " + umask + " && exec \"$@\"", "sh");
        try (Child child = Child.start(shell, List.of(), "hold", file.toString())) {
            assertThat(child.line()).isEqualTo("1");

            assertThat(mode(file.getParent())).isEqualTo("rwx------");
            assertThat(mode(file.getParent().getParent())).isEqualTo("rwx------");
            try (Stream<Path> files = Files.list(file.getParent())) {
                assertThat(files)
                        .hasSize(4)
                        .contains(file, file.resolveSibling("snapshots.db-wal"))
                        .allSatisfy(each -> assertThat(mode(each)).isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void anOpenDatabaseFileIsTakenBackFromOthers() throws Exception {
        Path file = directory.resolve("snapshots.db");
        JdbcStore.sqlite(file).close();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        JdbcStore.sqlite(file).close();

        assertThat(mode(file)).isEqualTo("rw-------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b?cache=shared&mode=memory#x", "100%41", ":memory:", "file:x?mode=ro", "it's", "-wal"})
    void anyFileNameIsAFileName(String name) throws Exception {
        Path file = directory.resolve(name);
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(VM));
        }

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(file, Path.of(file + "-reserve"));
        }
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            assertThat(store.all()).hasSize(1);
        }
    }

    @Test
    void aDatabaseThatWasRemovedWhileOpenTakesNothingMore() throws Exception {
        Path file = directory.resolve("snapshots.db");
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(VM));
            Files.delete(file);

            assertThat(failure(() -> store.save(VmRecord.of(VmId.of("vm-2")))))
                    .hasMessageContaining("gone")
                    .extracting(StoreException::problem)
                    .isEqualTo(Problem.REPLACED);
        }
    }

    @Test
    void aDatabaseThatWasReplacedWhileOpenTakesNothingMore() throws Exception {
        Path file = directory.resolve("snapshots.db");
        Path backup = directory.resolve("backup.db");
        JdbcStore.sqlite(backup).close();
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(VM));
            Files.move(backup, file, StandardCopyOption.REPLACE_EXISTING);

            assertThat(failure(store::all)).hasMessageContaining("replaced");
            assertThat(failure(() -> store.save(VmRecord.of(VM)))).hasMessageContaining("replaced");
        }
    }

    @Test
    void aLinkThatLeadsNowhereIsNotFollowedToMakeADatabase() throws Exception {
        Path target = directory.resolve("elsewhere.db");
        Path link = Files.createSymbolicLink(directory.resolve("snapshots.db"), target);

        assertThat(failure(() -> JdbcStore.sqlite(link)).problem()).isEqualTo(Problem.UNSUITABLE_PLACE);
        assertThat(target).doesNotExist();
    }

    @Test
    void aDirectoryIsNoDatabase() {
        assertThat(failure(() -> JdbcStore.sqlite(directory)))
                .hasMessageContaining("not a regular file")
                .hasMessageContaining(directory.toString());
    }

    @Test
    void aPlaceWhereNothingCanBeMadeIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(failure(() -> JdbcStore.sqlite(file.resolve("snapshots.db"))))
                .hasMessageContaining(file.resolve("snapshots.db").toString());
        assertThat(failure(() -> JdbcStore.sqlite(Path.of("/proc/vmsnap/snapshots.db"))))
                .hasMessageContaining("/proc/vmsnap/snapshots.db");
    }

    @Test
    void whatIsNoStoreIsSaidToBeNoneAndKeepsItsModeAndContent() throws Exception {
        Path file = Files.writeString(directory.resolve("passwd"), "root:x:0:0:root:/root:/bin/bash\n".repeat(40));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(failure(() -> JdbcStore.sqlite(file)).problem()).isEqualTo(Problem.NOT_A_STORE);
        assertThat(failure(() -> JdbcStore.sqlite(directory)).problem()).isEqualTo(Problem.NOT_A_STORE);
        assertThat(failure(() -> JdbcStore.sqlite(Path.of("/proc/x.db"))).problem())
                .isEqualTo(Problem.UNSUITABLE_PLACE);

        assertThat(mode(file)).isEqualTo("rw-r--r--");
        assertThat(Files.readString(file)).startsWith("root:").hasSize(40 * 32);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void networkFileSystemsAreToldFromLocalOnes() {
        assertThat(Stream.of("nfs", "nfs4", "cifs", "fuse.sshfs", "CEPH")).allMatch(SqliteFile::isNetwork);
        assertThat(Stream.of("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay")).noneMatch(SqliteFile::isNetwork);
    }

    @Test
    void aStoreThatIsClosedSaysSo() {
        JdbcStore store = JdbcStore.sqlite(directory.resolve("snapshots.db"));
        store.close();

        for (ThrowingCallable call : List.<ThrowingCallable>of(
                store::all, store::id, store::journal, () -> store.find(VM), () -> store.save(VmRecord.of(VM)))) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        }
    }

    private static StoreException failure(ThrowingCallable call) {
        StoreException failure = catchThrowableOfType(StoreException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static String mode(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
