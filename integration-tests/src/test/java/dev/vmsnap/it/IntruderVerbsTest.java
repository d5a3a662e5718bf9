package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Root takes, copies, restores and deletes snapshots of a machine that is off, while the owner of the directories puts links,
 * pipes and directories in the place of its image, its UEFI variables, its TPM's state and the records: each verb succeeds or
 * is refused, and nothing of root's is touched or read.
 */
@Timeout(1800)
final class IntruderVerbsTest {
    // Takes each name away for a moment, and puts back what root has not replaced meanwhile.
    private static final String ATTACK = """
            use POSIX;
            my $victim = shift @ARGV; my $n = 0;
            sub nap { select(undef, undef, undef, rand(shift)) }
            sub fake {
                my ($path, $kind) = @_;
                symlink("$victim/file", $path) if $kind == 0;
                symlink($victim, $path) if $kind == 1;
                POSIX::mkfifo($path, 0666) if $kind == 2;
                mkdir($path) && chmod(0777, $path) if $kind == 3;
                link("$victim/file", $path) || symlink("/dev/full", $path) if $kind == 4;
            }
            sub gone { my $path = shift; unlink $path or rmdir $path or rename($path, "$path.old" . $n++) }
            while (1) {
                for my $dir (@ARGV) {
                    opendir(my $all, $dir) or next;
                    my @names = grep { !/^\\.\\.?$|^\\.took|\\.old/ } readdir $all;
                    push @names, '.vmsnap' unless grep { $_ eq '.vmsnap' } @names;
                    for my $name (@names) {
                        nap(0.05);
                        my $path = "$dir/$name"; my $took = "$dir/.took";
                        my $there = rename($path, $took);
                        fake($path, int(rand(5)));
                        nap(0.02);
                        gone($path);
                        rename($took, $path) if $there;
                    }
                    nap(0.1);
                    rename($dir, "$dir.away") && symlink($victim, $dir);
                    nap(0.02);
                    unlink $dir;
                    rename("$dir.away", $dir);
                }
            }
            """;

    @RegisterExtension
    final Lab lab = Lab.ofLibvirtsUser();

    private Path victim;
    private Path images;
    private UefiHost host;
    private int refused;
    private int done;

    @BeforeEach
    void aMachineInDirectoriesOfAnIntruders() throws IOException {
        victim = Intruder.victim(lab);
        images = Files.createDirectories(lab.directory().resolve("of nobody/d"));
        host = UefiHost.of(lab, Sshd.start(lab).uriOfTheUsualSocket(), images);
        Files.write(host.guest().variables(), new byte[1 << 16]);
        Files.createDirectories(host.tpm().getParent());
        Files.write(host.tpm(), new byte[1 << 12]);
        for (Path path : List.of(images.getParent(), host.tpm().getParent().getParent())) {
            Shell.run("chown", "-R", "nobody", path.toString());
        }
    }

    @Test
    void fiveRoundsOfAllVerbs() {
        rounds(5);
    }

    @Test
    @Tag("nightly")
    void aHundredRoundsOfAllVerbs() {
        rounds(100);
    }

    private void rounds(int count) {
        String before = Intruder.state(victim);
        Intruder intruder =
                Intruder.start(lab, ATTACK, victim, images, host.tpm().getParent());
        for (int i = 0; i < count; i++) {
            String copy = images.resolve("copy-" + i + ".qcow2").toString();
            attempt(() -> host.create("s"));
            attempt(() -> host.snapshots()
                    .clone(host.vm(), Intent.Clone.of(Map.of("vda", copy)), ADMIN)
                    .await());
            attempt(() -> host.tree().snapshots().stream()
                    .filter(snapshot -> snapshot.status() == Snapshot.Status.AVAILABLE)
                    .findFirst()
                    .ifPresent(host::restore));
            attempt(() -> host.snapshots().doctor());
            attempt(() -> host.snapshots().rebuild(host.vm(), ADMIN));
            attempt(() -> host.tree().snapshots().stream().findFirst().ifPresent(host::delete));
            assertThat(Intruder.state(victim))
                    .as("after round " + i + ": " + done + " done, " + refused + " refused")
                    .isEqualTo(before);
        }
        assertThat(intruder.isRunning()).isTrue();
        intruder.close();

        assertThat(refused).as("the intruder was there; " + done + " were done").isPositive();
        assertThat(done).as("the intruder leaves something to be done").isPositive();
        assertThat(Shell.attempt(
                                "grep",
                                "-rlF",
                                Intruder.SECRET,
                                lab.directory().toString(),
                                host.tpm().getParent().getParent().toString())
                        .output()
                        .strip())
                .as("files that hold the secret")
                .isEqualTo(victim.resolve("file").toString());
        assertEnds();
    }

    /** Once nobody interferes any more, all that is open ends and the machine can be rid of its snapshots. */
    private void assertEnds() {
        Shell.run(
                "sh",
                "-c",
                "for d do rm -f \"$d\" 2>/dev/null; [ ! -d \"$d.away\" ] || mv -T \"$d.away\" \"$d\";"
                        + " rm -rf \"$d/.took\" \"$d/.vmsnap\"; done",
                "sh",
                images.toString(),
                host.tpm().getParent().toString());
        if (Files.isRegularFile(host.guest().disk().file())) {
            host.snapshots().recover();
            host.snapshots().deleteAll(host.vm(), ADMIN).await();
            host.create("after");
        }
    }

    private void attempt(Runnable verb) {
        try {
            verb.run();
            done++;
        } catch (SnapshotException expected) {
            refused++;
        }
    }

    @Test
    void aPlaceOfRecordsThatIsRefusedIsNamedByDoctorWithARemedyThatWorks() throws IOException {
        String owner = Long.toString((Integer) Files.getAttribute(images, "unix:uid"));
        Path records = images.resolve(".vmsnap");
        for (String planted : List.of(
                "ln -s \"$2\" \"$1\"",
                "mkdir \"$1\" && chmod 777 \"$1\"",
                "mkdir -m 700 \"$1\" && chown " + owner + " \"$1\"",
                "echo >\"$1\"")) {
            Shell.run("sh", "-c", planted, "sh", records.toString(), victim.toString());
            Snapshot snapshot = host.create("s");
            assertThat(host.snapshots()
                            .check(host.vm(), new Intent.Create(SnapshotSpec.named("t")), ADMIN)
                            .notices())
                    .extracting(Notice::code)
                    .contains(Notice.Code.RECORDS_REFUSED);

            assertThat(host.snapshots().doctor(host.vm()))
                    .as(planted)
                    .filteredOn(finding -> finding.message().contains(records.toString()))
                    .singleElement()
                    .satisfies(finding ->
                            assertThat(finding.remedy()).contains("mv -T").contains("rebuild"));
            Shell.run(
                    "mv",
                    "-T",
                    records.toString(),
                    images.resolve("refused-" + snapshot.id()).toString());
            host.snapshots().rebuild(host.vm(), ADMIN);

            assertThat(host.snapshots().doctor(host.vm())).as(planted).isEmpty();
            try (Stream<Path> all = Files.list(records)) {
                assertThat(all.map(file -> file.getFileName().toString()))
                        .singleElement()
                        .satisfies(name -> assertThat(name).startsWith(host.vm().value()));
            }
            host.delete(snapshot);
            assertThat(records).doesNotExist();
        }
    }
}
