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
        return new SshCommands(to, new Programs() {
            @Override
            public ByteCommands.Output run(Errand errand) {
                ran.add(errand.arguments());
                byte[] said = "what ssh said\n".getBytes(StandardCharsets.UTF_8);
                return new ByteCommands.Output(exitCode, new byte[0], said);
            }

            @Override
            public Process start(List<String> arguments) {
                ran.add(arguments);
                return new LocalPrograms()
                        .start(List.of("sh", "-c", exitCode == 255 ? "echo lost >&2; exit 255" : "exec sh"));
            }

            @Override
            public void require(String program) {
                ran.add(List.of(program));
            }
        });
    }

    @AfterEach
    void close() {
        commands.close();
    }

    @Test
    void theHostAndAShellForTheCommandsComeAfterTheLastOption() {
        assertThat(commands.run(Command.of("sh", "-c", "echo $LC_ALL $1", "sh", "$(id)"))
                        .output())
                .endsWith("$(id)\n");

        List<String> ssh = ran.get(1);
        int end = ssh.indexOf("--");
        assertThat(ssh.subList(end, ssh.size()))
                .containsExactly("--", "node-1", "exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 sh");
        assertThat(ssh.subList(0, end))
                .startsWith("ssh")
                .containsSequence("-l", "someone")
                .containsSequence("-p", "2222")
                .contains("BatchMode=yes", "ControlMaster=auto")
                .doesNotContain("-i")
                .noneMatch(a -> a.startsWith("StrictHostKeyChecking"));
    }

    @Test
    void whatAShellCannotHandOverGoesASessionOfItsOwn() {
        commands.run(List.of("cat", "-"), new byte[] {'a', 0, 'b'}, LONG, 1 << 16);

        assertThat(ran.get(1)).endsWith("--", "node-1", "exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 'cat' '-'");
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
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING));
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
    void theSharedConnectionComesFirstAndWithItsShellServesUntilItFails() {
        commands.run(Command.of("true"));
        commands.run(Command.of("true"));
        assertThatThrownBy(() -> commands.run(Command.of("sh", "-c", "kill -s KILL $PPID")))
                .isInstanceOf(DriverException.class);
        commands.run(Command.of("true"));

        assertThat(ran)
                .extracting(ssh -> ssh.get(ssh.size() - 1).replaceAll(".* ", ""))
                .containsExactly("0", "sh", "0", "sh");
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
        assertThatThrownBy(() -> commands.run(Command.of("no such program")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING));
    }

    @Test
    void anExitCodeOfTheCommandItselfComesBack() {
        for (int code : List.of(0, 5, 126, 255)) {
            assertThat(commands.run(Command.of("sh", "-c", "exit " + code)).exitCode())
                    .isEqualTo(code);
        }
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
