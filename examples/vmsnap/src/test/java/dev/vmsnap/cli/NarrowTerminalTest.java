package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Verdict;
import dev.vmsnap.cli.CommandBench.Result;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is read on a terminal fits it, and what a program reads is not broken. */
final class NarrowTerminalTest {
    private static final int COLUMNS = 80;

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @BeforeEach
    void somethingToShow() {
        bench.web.withCdrom("sda");
        bench.datacenter.node("node-1").withVm("database-primary").withLogicalVolume("vda");
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.done("create", "web-1", "--ram", "--name", "before the upgrade", "--expires", "7d", "--tag", "a=b");
        bench.done("create", "web-1", "--exclude", "vdb");
        bench.done("create", "database-primary", "--name", "n".repeat(255));
        bench.web.configure("cpus=8");
    }

    @Test
    void everyLineFits() {
        bench.onTerminal();
        for (String[] line : new String[][] {
            {"vms"},
            {"list"},
            {"list", "--usage"},
            {"show", "web-1", "before the upgrade"},
            {"usage", "database-primary"},
            {"tree", "web-1"},
            {"status", "web-1"},
            {"settings", "web-1", "--explain"},
            {"restore", "web-1", "before the upgrade"},
            {"restore", "web-1", "before the upgrade", "--accept-drift", "--dry-run"},
            {"restore", "web-1", "before the upgrade", "--accept-drift"},
            {"clone", "web-1", "--to", "vda=/images/copy.qcow2", "--dry-run"},
            {"check", "web-1", "reconfigure", "--change", "memory,processors,disks"},
            {"migrate", "database-primary", "--to", "node-2", "--dry-run"},
            {"migrate", "web-1", "--to", "nowhere"},
            {"create", "web-1"},
            {"edit", "web-1", "before the upgrade"},
            {"doctor"}
        }) {
            Result result = bench.vmsnap(line);
            assertThat(Stream.of(result.out(), shownAtLast(result.err())).flatMap(String::lines))
                    .as(String.join(" ", line))
                    .isNotEmpty()
                    .allMatch(shown -> Printable.width(plain(shown)) <= COLUMNS);
        }
    }

    @Test
    void whatIsBrokenIsSetInAndLosesNoWord() {
        bench.create("web-1", "third");

        String whole = bench.vmsnap("create", "web-1").err();
        String broken =
                plain(shownAtLast(bench.onTerminal().vmsnap("create", "web-1").err()));

        assertThat(whole.lines().filter(line -> line.startsWith("  LIMIT"))).hasSize(1);
        assertThat(words(broken)).isEqualTo(words(whole));
        assertThat(broken).contains("\n    to fix: ");
    }

    @Test
    void elsewhereNothingIsBrokenOrCut() {
        assertThat(bench.vmsnap("restore", "web-1", "before the upgrade").err().lines())
                .anyMatch(line -> line.length() > COLUMNS);
        assertThat(bench.vmsnap("list").out()).contains("database-primary", "before the upgrade");
    }

    @Test
    void aNoticeOfADriverIsFoldedLikeAnyOther() {
        Verdict.Notice soft = new Verdict.Notice(
                Verdict.Notice.Code.SOFT_MOUNT,
                "The share of disk vda is mounted soft: when its server is away for a while, the guest's writes fail.",
                Map.of("disk", "vda", "source", "/mnt/a.qcow2"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                out,
                out,
                StandardCharsets.UTF_8,
                false,
                true,
                true,
                60,
                Clock.systemUTC(),
                Map.of("NO_COLOR", "1"));

        new Text(terminal, true).verdict(new Vm(bench.web.id(), "web-1"), new Verdict(List.of(), List.of(soft)));

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("allowed for web-1\n"
                        + "  note: The share of disk vda is mounted soft: when its\n"
                        + "    server is away for a while, the guest's writes fail.\n");
    }

    @Test
    void linesAreFoldedBetweenWordsOnly() {
        assertThat(Fold.lines("one two three", 7, 20)).containsExactly("one two", "three");
        assertThat(Fold.lines("one two three", 6, 20)).containsExactly("one", "two three");
        assertThat(Fold.lines("/a/very/long/path/indeed and more", 10, 20))
                .containsExactly("/a/very/long/path/indeed", "and more");
        assertThat(Fold.lines("日本 日本", 8, 20)).containsExactly("日本", "日本");
        assertThat(Fold.lines("", 10, 20)).containsExactly("");
        assertThat(Fold.lines("too narrow to fold", 5, 10)).containsExactly("too narrow to fold");
    }

    @Test
    void aTableCutsOnlyTheColumnsThatMayGiveWay() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                out,
                out,
                StandardCharsets.UTF_8,
                false,
                true,
                true,
                24,
                Clock.systemUTC(),
                Map.of("NO_COLOR", "1"));
        Table table = new Table(List.of("NAME", "ID"), Set.of(0));
        table.row(List.of("a name that is long", "0123456789"));
        table.row(List.of("short", "0123456789"));

        table.print(out, Style.ofOutput(terminal, true));

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("NAME          ID", "a name that…  0123456789", "short         0123456789");
    }

    @Test
    void aVmThatIsOffIsTold() {
        bench.web.power(PowerState.OFF);

        assertThat(bench.onTerminal().vmsnap("status", "web-1").out()).contains("off on node node-1, 2 snapshots, ");
    }

    /** What stays on the terminal: a bar draws over itself. */
    private static String shownAtLast(String err) {
        return err.substring(err.lastIndexOf('\r') + 1);
    }

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }

    private static String plain(String text) {
        return text.replaceAll("\u001b\\[[0-9;]*[mK]", "");
    }
}
