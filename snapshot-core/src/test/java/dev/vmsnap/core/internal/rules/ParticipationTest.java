package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ParticipationTest {
    private static final DiskClaim GOOD = Scene.file("vda");

    @ParameterizedTest
    @CsvSource({
        // device, type, source, format, flags (r read-only, s shareable, t transient), owners, RAM, outcome
        "DISK,   FILE,    /b,   qcow2, -,   file,     false, part",
        "DISK,   FILE,    /b,   qcow2, -,   file,     true,  part",
        "CDROM,  FILE,    /b,   raw,   r,   -,        false, out",
        "CDROM,  FILE,    -,    raw,   r,   -,        true,  out",
        "CDROM,  FILE,    /b,   raw,   -,   file,     true,  out",
        "FLOPPY, FILE,    /b,   raw,   -,   -,        false, out",
        "FLOPPY, FILE,    /b,   raw,   r,   -,        true,  out",
        "FLOPPY, FILE,    -,    raw,   -,   -,        true,  out",
        "FLOPPY, FILE,    /b,   raw,   -,   -,        true,  FORMAT_UNSUPPORTED",
        "DISK,   FILE,    /b,   raw,   r,   file,     true,  out",
        "DISK,   FILE,    /b,   raw,   rs,  -,        false, out",
        "DISK,   RBD,     p/i,  raw,   r,   -,        false, out",
        "DISK,   OTHER,   -,    -,     -,   -,        false, out",
        "DISK,   FILE,    /b,   qcow2, t,   file,     false, out",
        "DISK,   FILE,    /b,   qcow2, t,   file,     true,  DISK_TRANSIENT",
        "DISK,   FILE,    /b,   qcow2, s,   file,     false, DISK_SHAREABLE",
        "DISK,   FILE,    /b,   qcow2, s,   file,     true,  DISK_SHAREABLE",
        "LUN,    BLOCK,   /b,   raw,   -,   lvm,      false, STORAGE_UNSUPPORTED",
        "DISK,   RBD,     p/i,  raw,   -,   -,        false, STORAGE_UNSUPPORTED",
        "DISK,   RBD,     p/i,  raw,   -,   file,     false, STORAGE_UNSUPPORTED",
        "DISK,   NETWORK, p:i,  raw,   -,   -,        false, NO_STORAGE_DRIVER",
        "DISK,   FILE,    /b,   raw,   -,   -,        false, NO_STORAGE_DRIVER",
        "DISK,   FILE,    /b,   qcow2, -,   file+nas, false, SEVERAL_STORAGE_DRIVERS",
        "DISK,   FILE,    /b,   -,     -,   file,     false, FORMAT_UNSUPPORTED",
    })
    void aDiskTakesPartOrIsLeftOutOrIsRefused(
            Device device,
            SourceType type,
            String source,
            String format,
            String flags,
            String owners,
            boolean ram,
            String outcome) {
        Disk disk = new Disk("vdb", device, type, optional(source), optional(format), traits(flags));
        DiskClaim claim = new DiskClaim(disk, owners(owners));

        Participation found = Participation.of(List.of(GOOD, claim), ram);

        assertThat(found.volumes()).hasSize(outcome.equals("part") ? 2 : 1);
        assertThat(found.leftOut())
                .extracting(Notice::code)
                .isEqualTo(outcome.equals("out") ? List.of(Notice.Code.DISK_LEFT_OUT) : List.of());
        assertThat(found.refusals())
                .extracting(r -> r.code().name())
                .isEqualTo(outcome.matches("part|out") ? List.of() : List.of(outcome));
        assertThat(found.refusals()).allSatisfy(r -> {
            assertThat(r.data()).containsEntry("disk", "vdb");
            assertThat(r.message()).contains("vdb");
        });
        assertThat(found.leftOut()).allSatisfy(n -> assertThat(n.message()).contains("vdb"));
    }

    @Test
    void twoOwnersAreBothNamed() {
        Refusal refusal = Participation.of(List.of(new DiskClaim(Scene.disk("vda"), owners("nas+file"))), false)
                .refusals()
                .get(0);

        assertThat(refusal.message()).contains("file, nas");
        assertThat(refusal.data()).containsEntry("drivers", "file, nas");
    }

    @ParameterizedTest
    @EnumSource(StorageKind.class)
    void everyKindOfStorageButCephMayHaveADriver(StorageKind kind) {
        Participation found = Participation.of(List.of(new DiskClaim(Scene.disk("vda"), Map.of("x", kind))), false);

        assertThat(found.refusals())
                .extracting(Refusal::code)
                .isEqualTo(kind == StorageKind.RBD ? List.of(Code.STORAGE_UNSUPPORTED) : List.of());
    }

    @Test
    void aVmWithoutADiskThatCouldTakePartIsRefused() {
        Disk cdrom =
                new Disk("sda", Device.CDROM, SourceType.FILE, Optional.empty(), Optional.empty(), Disk.Flag.READ_ONLY);

        assertThat(Participation.of(List.of(), false).refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.NO_DISKS);
        assertThat(Participation.of(List.of(new DiskClaim(cdrom, Map.of())), false)
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.NO_DISKS);
    }

    @Test
    void aVmWhoseOnlyDiskIsRefusedHearsOfTheDiskOnly() {
        assertThat(Participation.of(List.of(new DiskClaim(Scene.disk("vda"), Map.of())), false)
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.NO_STORAGE_DRIVER);
    }

    @Test
    void volumesKeepTheOrderOfTheConfigurationSinceTheFirstTakesTheRam() {
        assertThat(Participation.of(List.of(Scene.file("vdc"), Scene.lvm("vda"), Scene.file("vdb")), false)
                        .volumes())
                .extracting(v -> v.target())
                .containsExactly("vdc", "vda", "vdb");
    }

    @Test
    void aDiskThatIsToBeLeftOutIsSaidToBeAndDoesNotKeepTheOthersBack() {
        Participation disks = Participation.of(
                List.of(Scene.file("vda"), new DiskClaim(Scene.disk("vdb"), Map.of())), false, Set.of("vdb"));

        assertThat(disks.volumes()).extracting(v -> v.target()).containsExactly("vda");
        assertThat(disks.refusals()).isEmpty();
        assertThat(disks.leftOut()).singleElement().satisfies(notice -> assertThat(notice.message())
                .contains("vdb", "it is to be left out"));
    }

    @Test
    void withRamNoDiskOfTheGuestCanBeLeftOut() {
        assertThat(Participation.of(List.of(Scene.file("vda"), Scene.file("vdb")), true, Set.of("vdb"))
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.DISK_NEEDED);
    }

    @Test
    void whoeverLeavesOutEverythingOrWhatIsNotThereIsRefused() {
        assertThat(Participation.of(List.of(Scene.file("vda")), false, Set.of("vda"))
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.NO_DISKS);
        assertThat(Participation.of(List.of(Scene.file("vda")), false, Set.of("vdz", "vdy"))
                        .refusals())
                .extracting(refusal -> refusal.code() + " " + refusal.data().get("disk"))
                .containsExactly("DISK_UNKNOWN vdy", "DISK_UNKNOWN vdz");
    }

    private static Optional<String> optional(String text) {
        return text.equals("-") ? Optional.empty() : Optional.of(text);
    }

    private static Map<String, StorageKind> owners(String text) {
        return text.equals("-")
                ? Map.of()
                : Stream.of(text.split("\\+")).collect(Collectors.toMap(o -> o, o -> StorageKind.FILE));
    }

    private static Set<Disk.Flag> traits(String flags) {
        Set<Disk.Flag> traits = EnumSet.noneOf(Disk.Flag.class);
        for (char flag : flags.toCharArray()) {
            switch (flag) {
                case 'r' -> traits.add(Disk.Flag.READ_ONLY);
                case 's' -> traits.add(Disk.Flag.SHAREABLE);
                case 't' -> traits.add(Disk.Flag.TRANSIENT);
                case 'n' -> traits.add(Disk.Flag.NO_SNAPSHOT);
                default -> {}
            }
        }
        return traits;
    }
}
