package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.cli.CommandBench.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileTextTest {
    private static final String HOSTILE =
            "a\u001b[2Jb\u009b31mc\nd\re\tf\u0007g\u0000h\u202ei\u200bj\u2028k\u007fl\ud800m";

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void noControlCharacterOfAVmNameReachesTheTerminal() {
        bench.web.rename(HOSTILE);
        bench.create("x");

        for (Result result : List.of(
                bench.vmsnap("vms"),
                bench.vmsnap("list"),
                bench.vmsnap("tree", "web-1"),
                bench.vmsnap("show", "web-1", "x"),
                bench.vmsnap("status", "web-1"),
                bench.vmsnap("status", "web-1"),
                bench.vmsnap("list", "--usage"),
                bench.vmsnap("migrate", "web-1", "--to", "node-2"),
                bench.vmsnap("clone", "web-1", "--to", "vda=/images/copy.qcow2"),
                bench.vmsnap("check", "web-1", "restore", "x", "--on", "node-2"),
                bench.vmsnap("settings", "web-1"),
                bench.vmsnap("check", "web-1", "reconfigure"),
                bench.vmsnap("restore", "web-1", "none"))) {
            assertHarmless(result.out() + result.err());
            assertThat(result.out() + result.err()).contains("a\\x1b[2Jb\\x9b31mc\\nd\\re\\t");
        }
    }

    @Test
    void jsonCarriesAVmNameExactlyAndIsHarmlessToo() {
        bench.web.rename(HOSTILE);

        Result result = bench.vmsnap("vms", "--json");

        assertHarmless(result.out());
        assertThat(result.json()
                        .getAsJsonArray("vms")
                        .get(0)
                        .getAsJsonObject()
                        .get("name")
                        .getAsString())
                .isEqualTo(HOSTILE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "😀 four bytes",
                "größe 日本",
                "--help",
                "$(touch x); `id` 'q' \"d\"",
                "../../x",
                "]]>&xxe;",
                "-",
                "100% %s %n",
                "back\\slash",
                "@file"
            })
    void anyNameThatIsAllowedComesBackExactly(String name) {
        Result made = bench.vmsnap("create", "web-1", "--name=" + name, "--json");

        assertThat(made.json().getAsJsonObject("snapshot").get("name").getAsString())
                .isEqualTo(name);
        assertThat(bench.vmsnap("tree", "web-1").out()).contains(name);
        assertThat(bench.vmsnap("delete", "web-1", "--", name).code()).isZero();
    }

    @Test
    void anArgumentThatNamesAFileIsNotReadFromIt(@TempDir Path directory) throws IOException {
        String name = "@" + Files.writeString(directory.resolve("arguments"), "other");

        bench.done("create", "web-1", "--name", name);

        assertThat(bench.vmsnap("show", "web-1", name).code()).isZero();
    }

    @Test
    void aNameWithControlCharactersIsRefusedInHarmlessWords() {
        Result result = bench.vmsnap("create", "web-1", "--name", "a\u001b]0;owned\u0007");

        assertThat(result.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(result.err()).contains("TEXT_INVALID");
        assertHarmless(result.err());
    }

    @Test
    void placesAndTagsOfOthersAreHarmless() {
        String place = "/images/a\u001b[2Jb\u202e.qcow2";
        bench.done("create", "web-1", "--name", "x", "--tag", "a\u202e=b\u200b");

        for (Result result : List.of(
                bench.vmsnap("show", "web-1", "x"),
                bench.vmsnap("clone", "web-1", "--to", "vda=" + place, "--dry-run"),
                bench.vmsnap("clone", "web-1", "--to", "vda=" + place),
                bench.vmsnap("clone", "web-1", "--to", "vda=" + place),
                bench.vmsnap("migrate", "web-1", "--to", "node-2", "--disk", "vdz\u001b=" + place),
                bench.vmsnap("create", "web-1", "--exclude", "vd\u001b[1m"),
                bench.vmsnap("create", "web-1", "--expires", "\u001b[1m"),
                bench.vmsnap("edit", "web-1", "x", "--tag", "\u001b[1m"))) {
            assertHarmless(result.out() + result.err());
        }
        assertThat(bench.vmsnap("show", "web-1", "x").out()).contains("  a\\u202e = b\\u200b\n");
    }

    @Test
    void anUnknownOptionIsRepeatedHarmlessly() {
        Result result = bench.vmsnap("create", "web-1", "--\u001b[31m");

        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertHarmless(result.err());
        assertThat(result.err()).contains("--\\x1b[31m");
    }

    @Test
    void aLongNameIsShortenedInTablesAndWholeInShow() {
        String name = "n".repeat(255);
        bench.create(name);

        assertThat(bench.vmsnap("list").out()).contains("nnn…").doesNotContain(name);
        assertThat(bench.vmsnap("show", "web-1", name).out()).contains(name);
    }

    @Test
    void linesOfACommentStayLinesButNothingElseIsObeyed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        VmId vm = VmId.of("web-1");
        Snapshot snapshot = new Snapshot(
                SnapshotId.of("s1"),
                vm,
                Optional.empty(),
                Snapshot.Labels.named(HOSTILE).comment("one\r\ntwo\u001b[2J\n" + HOSTILE),
                Instant.EPOCH,
                Actor.user("eve"),
                Snapshot.Status.CREATING,
                Optional.empty(),
                false,
                PowerState.RUNNING,
                HOSTILE,
                List.of(),
                Set.of(),
                Optional.empty());
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                out,
                out,
                StandardCharsets.UTF_8,
                false,
                false,
                false,
                80,
                Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
                Map.of());

        SnapshotTree tree = SnapshotTree.of(vm, List.of(snapshot), Optional.empty());
        new Text(terminal, true).show(new Inventory(new Vm(vm, HOSTILE), tree, Optional.empty()), snapshot);

        String text = bytes.toString(StandardCharsets.UTF_8);
        assertHarmless(text);
        assertThat(text).contains("  one\n  two\\x1b[2J\n");
    }

    @Test
    void logsAreMadeHarmlessAndLoseTheirTracesUnlessAskedFor() {
        String record = "WARN Node - node \u001b[2J away\ndev.vmsnap.DriverException: x\n\tat a.B.c(B.java:1)\n"
                + "\tSuppressed: java.lang.Error: z\n\t\tat a.B.d(B.java:2)\n\t... 3 more\nCaused by: y\n";
        String log = record + record + "ERROR Other - broken\nits second line\n";

        assertThat(logged(log, false)).isEqualTo("WARN Node - node \\x1b[2J away\nERROR Other - broken\n");
        assertThat(logged(log, true))
                .contains("at a.B.c(B.java:1)")
                .contains("Caused by: y")
                .contains("its second line")
                .doesNotContain("\u001b");
    }

    private static String logged(String log, boolean whole) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Charset utf8 = StandardCharsets.UTF_8;
        try (PrintStream stream =
                new PrintStream(new LogStream(new PrintStream(bytes, true, utf8), utf8, whole), true, utf8)) {
            stream.print(log);
        }
        return bytes.toString(utf8);
    }

    private static void assertHarmless(String text) {
        assertThat(text.codePoints().filter(point -> point != '\n'))
                .allSatisfy(point -> assertThat(Character.getType(point))
                        .as("U+%04X", point)
                        .isNotIn((int) Character.CONTROL, (int) Character.FORMAT, (int) Character.SURROGATE, (int)
                                Character.LINE_SEPARATOR));
    }
}
