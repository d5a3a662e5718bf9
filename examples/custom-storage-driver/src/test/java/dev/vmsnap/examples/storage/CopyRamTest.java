package dev.vmsnap.examples.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState.Part;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.InMemoryVm;
import dev.vmsnap.testkit.TestCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RAM beside the copies. */
final class CopyRamTest {
    private static final SnapshotId FIRST = SnapshotId.of("s1");
    private static final int RESERVED = 8192;

    @TempDir
    Path directory;

    private CopyStorage driver;
    private List<Volume> volumes;
    private TestCall call;

    @BeforeEach
    void makeTwoVolumes() {
        DirectoryLab lab = new DirectoryLab(directory);
        driver = new CopyStorage(directory.toString());
        volumes = List.of(lab.newVolume("vda"), lab.newVolume("vdb"));
        InMemoryHypervisor node = new Datacenter().node("lab", new ProcessCommands(), new PlainFiles());
        InMemoryVm vm = node.withVm("web-1").power(PowerState.OFF);
        call = new TestCall(node.find(vm.id()).orElseThrow(), node);
    }

    @Test
    void ramIsKeptWithTheFirstVolumeTrimmedAndReadableByItsOwnerAlone() throws IOException {
        driver.reserveRam(volumes, FIRST, RESERVED, call);
        Path place = Path.of(driver.openRam(volumes, FIRST, call));
        assertThat(place).hasSize(RESERVED);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
                .isEqualTo("rw-------");
        write(place, "the RAM");
        driver.cut(volumes, FIRST, call);
        driver.keepRam(volumes, FIRST, 7, call);
        driver.closeRam(volumes, FIRST, call);

        assertThat(ramBytes()).containsExactly(7L, 0L);
        assertThat(Path.of(driver.openRam(volumes, FIRST, call))).hasContent("the RAM");
    }

    @Test
    void reservedAgainTheRamThatIsThereStays() throws IOException {
        driver.reserveRam(volumes, FIRST, RESERVED, call);
        write(Path.of(driver.openRam(volumes, FIRST, call)), "the RAM");
        driver.keepRam(volumes, FIRST, 7, call);
        driver.keepRam(volumes, FIRST, 7, call);

        driver.reserveRam(volumes, FIRST, RESERVED, call);

        assertThat(Path.of(driver.openRam(volumes, FIRST, call))).hasContent("the RAM");
    }

    @Test
    void ramThatWasNotKeptIsNotToldOf() {
        driver.reserveRam(volumes, FIRST, RESERVED, call);
        driver.cut(volumes, FIRST, call);

        assertThat(ramBytes()).containsExactly(0L, 0L);
    }

    @Test
    void deletingTheSnapshotDeletesItsRamAndSoDoesReclaimingWhatWasOnlyReserved() throws IOException {
        driver.reserveRam(volumes, FIRST, RESERVED, call);
        driver.keepRam(volumes, FIRST, 1, call);
        driver.delete(volumes, FIRST, call);
        driver.reserveRam(volumes, FIRST, RESERVED, call);
        driver.reclaim(volumes, call);

        try (var files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allMatch(file -> file.toString().endsWith(".raw"));
        }
    }

    @Test
    void ramThatIsNotThereIsMissing() {
        assertThatThrownBy(() -> driver.openRam(volumes, FIRST, call))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
    }

    private List<Long> ramBytes() {
        return driver.inspect(volumes, call).stream()
                .flatMap(state -> state.asSeen().flatMap(seen -> seen.part(FIRST)).stream())
                .map(Part::ramBytes)
                .toList();
    }

    private static void write(Path place, String content) throws IOException {
        try (var channel = Files.newByteChannel(place, StandardOpenOption.WRITE)) {
            channel.write(StandardCharsets.US_ASCII.encode(content));
        }
    }
}
