package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node lacks, with real shells that find only some programs. */
final class NodeNeedsTest {
    @TempDir
    Path directory;

    private Path programs;

    @BeforeEach
    void allIsThere() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        programs = Files.createDirectory(directory.resolve("programs"));
        Set<String> all = new TreeSet<>(NodeNeeds.PROGRAMS);
        all.add("lvm");
        for (String name : all) {
            Path real = Path.of("/usr/bin").resolve(name);
            boolean used = name.equals("sh") || name.equals("date");
            Files.createSymbolicLink(programs.resolve(name), used ? real : Path.of("/bin/true"));
        }
    }

    @Test
    void aNodeThatHasEverythingLacksNothing() {
        assertThat(needs(Duration.ZERO, List.of()).lacking(Set.of("lvm"), List.of()))
                .isEmpty();
    }

    @Test
    void eachProgramThatIsNotThereIsNamedAlone() throws IOException {
        Set<String> all = new TreeSet<>(NodeNeeds.PROGRAMS);
        all.add("lvm");
        all.remove("sh");
        for (String name : all) {
            Path there = Files.readSymbolicLink(programs.resolve(name));
            Files.delete(programs.resolve(name));

            assertThat(needs(Duration.ZERO, List.of()).lacking(Set.of("lvm"), List.of()))
                    .singleElement()
                    .asString()
                    .startsWith("there is no program " + name);
            Files.createSymbolicLink(programs.resolve(name), there);
        }
    }

    @Test
    void theDebianPackageIsNamedWhereItIsKnown() throws IOException {
        Files.delete(programs.resolve("qemu-img"));

        assertThat(needs(Duration.ZERO, List.of()).lacking(Set.of(), List.of()))
                .containsExactly("there is no program qemu-img: install it (package qemu-utils on Debian)");
    }

    @Test
    void aNodeWithoutAShellIsAFailureThatSaysSo() throws IOException {
        Files.delete(programs.resolve("sh"));

        assertThatThrownBy(() -> needs(Duration.ZERO, List.of()).lacking(Set.of(), List.of()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING));
    }

    @Test
    void aClockThatDiffersIsNamed() {
        assertThat(needs(Duration.ofHours(-1), List.of()).lacking(Set.of(), List.of()))
                .singleElement()
                .asString()
                .matches("the clock is 3[56][0-9][0-9] s ahead of this machine's");
        assertThat(needs(Duration.ofHours(1), List.of()).lacking(Set.of(), List.of()))
                .singleElement()
                .asString()
                .matches("the clock is 3[56][0-9][0-9] s behind this machine's");
        assertThat(needs(Duration.ofSeconds(3), List.of()).lacking(Set.of(), List.of()))
                .isEmpty();
    }

    @Test
    void aUserWhoMayNotWriteWhereImagesLieIsNamed() throws IOException {
        Path images = Files.createDirectory(directory.resolve("images"));
        Files.setPosixFilePermissions(images, PosixFilePermissions.fromString("r-xr-xr-x"));
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        List<String> nobody = root ? List.of("setpriv", "--reuid", "65534", "--clear-groups", "--") : List.<String>of();
        VmDescription vm = vm(images.resolve("web.qcow2").toString(), "/nowhere/at/all.qcow2");

        assertThat(needs(Duration.ZERO, nobody).lacking(Set.of(), List.of(vm)))
                .containsExactly("the user who runs commands may not write to " + images + ", where images of VMs lie");
        Files.setPosixFilePermissions(images, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(needs(Duration.ZERO, nobody).lacking(Set.of(), List.of(vm))).isEmpty();
    }

    /** The clock of this machine is shifted, and commands find only those programs. */
    private NodeNeeds needs(Duration shift, List<String> before) {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of("env", "PATH=" + programs));
        Commands local = new LocalCommands();
        return new NodeNeeds(command -> local.run(command.behind(words)), Clock.offset(Clock.systemUTC(), shift));
    }

    private static VmDescription vm(String... sources) {
        List<Disk> disks = new ArrayList<>();
        for (String source : sources) {
            disks.add(new Disk(
                    "vd" + (char) ('a' + disks.size()),
                    Device.DISK,
                    SourceType.FILE,
                    Optional.of(source),
                    Optional.of("qcow2")));
        }
        return new VmDescription(
                VmId.of("web"), "web", PowerState.OFF, 0, disks, Set.of(), List.of(), List.of(), Optional.empty());
    }
}
