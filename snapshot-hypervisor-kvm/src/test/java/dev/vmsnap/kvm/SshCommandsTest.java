package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SshCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    private final List<List<String>> ran = new ArrayList<>();
    private int exitCode;
    private final SshCommands commands = commands(
            NodeUri.parse("qemu+ssh://someone@node-1:2222/system").ssh().orElseThrow());

    private SshCommands commands(NodeUri.Ssh to) {
        return new SshCommands(to, errand -> {
            ran.add(errand.arguments());
            return new ByteCommands.Output(exitCode, new byte[0], "what ssh said\n".getBytes(StandardCharsets.UTF_8));
        });
    }

    @AfterEach
    void close() {
        commands.close();
    }

    @Test
    void theHostAndTheCommandComeAfterTheLastOption() {
        commands.run(Command.of("lvs", "--units", "b"));

        List<String> ssh = ran.get(1);
        int end = ssh.indexOf("--");
        assertThat(ssh.subList(end, ssh.size()))
                .containsExactly("--", "node-1", "exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 'lvs' '--units' 'b'");
        assertThat(ssh.subList(0, end))
                .startsWith("ssh")
                .containsSequence("-l", "someone")
                .containsSequence("-p", "2222")
                .contains("BatchMode=yes", "ControlMaster=auto")
                .doesNotContain("-i")
                .noneMatch(a -> a.startsWith("StrictHostKeyChecking"));
    }

    @Test
    void whatIsWatchedHangsOnALifelineThere() {
        commands.run(Command.of("qemu-img", "a b").reading("\u00fc"), piece -> true);

        assertThat(ran.get(1).get(ran.get(1).size() - 1))
                .startsWith("exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 'sh' '-c' '")
                .endsWith(" 'sh' '2' 'qemu-img' 'a b'");
        exitCode = 127;
        assertThatThrownBy(() -> commands.run(Command.of("lvs"), piece -> true))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
    }

    @Test
    void theProgramForLibvirtGoesTheSameWay() throws IOException {
        SshCommands there = commands(NodeUri.parse(
                        "qemu+ssh://someone@node-1:2222/system?command=echo&keyfile=/k%20'y&known_hosts=/h%20%25d")
                .ssh()
                .orElseThrow());
        Path program = there.program();

        String printed = ByteCommands.text(new LocalCommands()
                .run(List.of(program.toString(), "-p", "2222", "--", "node-1", "a b"), new byte[0], LONG, 1 << 16)
                .output());

        assertThat(printed)
                .contains("-l someone -p 2222 -i /k 'y -o IdentitiesOnly=yes")
                .contains("-o UserKnownHostsFile=\"/h %%d\" -o StrictHostKeyChecking=yes")
                .endsWith("-p 2222 -- node-1 a b\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(program)))
                .isEqualTo("rwx------");
        Files.delete(program);
        Files.delete(program.getParent());
        assertThat(there.program()).exists();
        Path directory = there.program().getParent();
        there.close();
        assertThat(directory).doesNotExist();
    }

    @Test
    void theSharedConnectionComesFirstAndOnceUntilItFails() {
        commands.run(Command.of("one"));
        commands.run(Command.of("two"));
        exitCode = 255;
        assertThatThrownBy(() -> commands.run(Command.of("three"))).isInstanceOf(DriverException.class);
        exitCode = 0;
        commands.run(Command.of("four"));

        assertThat(ran)
                .extracting(ssh -> ssh.get(ssh.size() - 1).replaceAll(".* ", ""))
                .containsExactly("0", "'one'", "'two'", "'three'", "0", "'four'");
    }

    @Test
    void theSocketLiesWhereOnlyWeCome() throws IOException {
        commands.run(Command.of("true"));

        String path = ran.get(0).stream()
                .filter(argument -> argument.startsWith("ControlPath="))
                .findFirst()
                .orElseThrow()
                .substring("ControlPath=".length());
        Path directory = Path.of(path).getParent();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");

        commands.close();

        assertThat(ran.get(ran.size() - 1)).containsSequence("-O", "exit", "--", "node-1");
        assertThat(directory).doesNotExist();
        assertThatThrownBy(() -> commands.run(Command.of("true"))).isInstanceOf(DriverException.class);
    }

    @Test
    void aNodeThatSshCannotReachIsUnreachable() {
        exitCode = 255;

        assertThatThrownBy(() -> commands.run(Command.of("true")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
                .hasMessageContaining("what ssh said");
    }

    @Test
    void aProgramThatTheNodeLacksIsMissing() {
        exitCode = 127;

        assertThatThrownBy(() -> commands.run(Command.of("lvs")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
    }

    @Test
    void anExitCodeOfTheCommandItselfComesBack() {
        exitCode = 5;

        assertThat(commands.run(Command.of("lvs")).exitCode()).isEqualTo(5);
    }

    @Test
    void everyArgumentSurvivesTheRemoteShell() {
        LocalCommands local = new LocalCommands();
        List<String> arguments = new ArrayList<>(List.of(
                "", " ", "'", "''", "\\", "\"", "$(id)", "`id`", "$HOME", "a\nb", "*", "~", "!", "#", ";", "--", "\t"));
        Random random = new Random(42);
        IntStream.range(0, 300).forEach(i -> arguments.add(anything(random)));
        List<String> command = new ArrayList<>(List.of("printf", "%s\\0"));
        command.addAll(arguments);

        byte[] printed = local.run(List.of("sh", "-c", SshCommands.remoteLine(command)), new byte[0], LONG, 1 << 20)
                .output();

        assertThat(Arrays.asList(ByteCommands.text(printed).split("\0", -1)).subList(0, arguments.size()))
                .isEqualTo(arguments);
    }

    private static String anything(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(20);
        for (int i = 0; i < length; i++) {
            int point = random.nextInt(3) == 0 ? 0x10000 + random.nextInt(0x1000) : 1 + random.nextInt(126);
            text.appendCodePoint(point);
        }
        return text.toString();
    }

    @Test
    void aConnectionIsSharedUnlessItsSocketWouldHaveTooLongAName() {
        assertThat(SshCommands.sharing(Path.of("/tmp/50%"))).contains("ControlMaster=auto", "ControlPath=/tmp/50%%/c");
        assertThat(SshCommands.sharing(Path.of("/" + "d".repeat(90)))).containsExactly("-o", "ControlPath=none");
    }
}
