package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Root writes, reads and deletes small files in a directory whose owner puts links and pipes in the place of everything there
 * all the time: a file of root's is never touched, and never read.
 */
@Timeout(900)
final class IntruderRaceTest {
    private static final String ATTACK = """
            my ($dir, $victim) = @ARGV; my $n = 0;
            while (1) {
                if (opendir(my $all, $dir)) {
                    for my $name (readdir $all) {
                        next if $name eq '.' || $name eq '..';
                        $n++;
                        rename("$dir/$name", "$dir/../took") && symlink("$victim/file", "$dir/$name") if $n % 2;
                        link("$victim/file", "$dir/.h") && rename("$dir/.h", "$dir/$name") unless $n % 2;
                    }
                }
                unlink "$dir/f"; symlink("$victim/file", "$dir/f"); unlink "$dir/f";
                system('mkfifo', "$dir/f") unless $n++ % 50;
                rename($dir, "$dir.away") && symlink($victim, $dir);
                unlink $dir; rename("$dir.away", $dir);
            }
            """;

    @RegisterExtension
    final Lab lab = Lab.ofLibvirtsUser();

    private Path directory;
    private Path victim;

    @BeforeEach
    void aDirectoryOfAnIntruders() throws IOException {
        victim = Intruder.victim(lab);
        directory = lab.directory().resolve("of nobody/d");
        Files.createDirectories(directory);
        Shell.run("chown", "-R", "nobody", directory.getParent().toString());
        Intruder.start(lab, ATTACK, directory, victim);
    }

    @Test
    void thirtyRoundsOnThisMachine() {
        rounds(KvmHypervisor.connect(lab.uri()), 30);
    }

    @Test
    @Tag("nightly")
    void aThousandRoundsOnThisMachine() {
        rounds(KvmHypervisor.connect(lab.uri()), 1000);
    }

    @Test
    @Tag("nightly")
    void aThousandRoundsOnANodeBehindSsh() {
        rounds(KvmHypervisor.connect(Sshd.start(lab).uri()), 1000);
    }

    private void rounds(KvmHypervisor node, int count) {
        lab.cleanUp(node::close);
        NodeFiles files = node.files();
        String before = Intruder.state(victim);
        int refused = 0;
        for (int i = 0; i < count; i++) {
            byte[] content = ("round " + i).getBytes(StandardCharsets.UTF_8);
            refused += refuses(() -> files.write(directory + "/f", content));
            refused += refuses(() -> {
                Optional<byte[]> read = files.read(directory + "/f");
                read.ifPresent(bytes ->
                        assertThat(new String(bytes, StandardCharsets.UTF_8)).doesNotContain(Intruder.SECRET));
            });
            refused += refuses(() -> files.delete(directory + "/f"));
        }
        assertThat(Intruder.state(victim))
                .as(refused + " calls of " + 3 * count + " were refused")
                .isEqualTo(before);
        assertThat(refused).as("the intruder was there").isPositive();
    }

    private static int refuses(Runnable call) {
        try {
            call.run();
            return 0;
        } catch (DriverException expected) {
            return 1;
        }
    }
}
