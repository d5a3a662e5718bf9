package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Names complete a command line, from the records alone. */
final class CompletionTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @TempDir
    private Path directory;

    @Test
    void namesStandWhereTheVerbWantsThemAndNoNodeIsAsked() {
        bench.create("before upgrade");
        bench.create("after");
        bench.done("template", "gold", "--limit", "9");
        bench.datacenter.node("node-1").disconnect();
        bench.datacenter.node("node-2").disconnect();

        assertThat(completed("tree", "")).containsExactly("web-1");
        assertThat(completed("tree", "we")).containsExactly("web-1");
        assertThat(completed("tree", "x")).isEmpty();
        assertThat(completed("--json", "--store", "/x", "show", "web-1", ""))
                .containsExactly("after", "before upgrade");
        assertThat(completed("delete", "web-1", "after", "b")).containsExactly("before upgrade");
        assertThat(completed("check", "web-1", "restore", "a")).containsExactly("after");
        assertThat(completed("assign", "web-1", "")).containsExactly("gold");
        assertThat(completed("restore", "web-1", "--power", "")).isEmpty();
        assertThat(completed("create", "web-1", "--name", "")).isEmpty();
        assertThat(completed("show", "web-1", "after", "")).isEmpty();
        assertThat(completed("sho", "")).isEmpty();
        assertThat(completed("")).isEmpty();
    }

    @Test
    void whatCannotBeTypedOrIsAmbiguousIsCompletedByItsId() {
        bench.done("settings", "web-1", "--limit", "9");
        String a = bench.create("same");
        String b = bench.create("same");
        String hidden = bench.create("right\u202eleft");
        String option = bench.done("create", "web-1", "--name=--all")
                .getAsJsonObject("snapshot")
                .get("id")
                .getAsString();

        assertThat(completed("show", "web-1", "")).containsExactlyInAnyOrder(a, b, hidden, option);
        assertThat(completed("show", "web-1", a.substring(0, 9))).contains(a);
    }

    @Test
    void bashQuotesWhatIsCompletedAndRunsNoneOfIt() throws Exception {
        String trap = "$(touch trap) `touch trap`; a:b";
        bench.create(trap);
        Path script = directory.resolve("completion");
        Files.writeString(script, bench.vmsnap("generate-completion").out());
        Path command = directory.resolve("vmsnap");
        Files.writeString(
                command,
                "#!/bin/bash\nprintf '%s\\n' \"$@\" >" + directory.resolve("asked") + "\ncat "
                        + directory.resolve("answer") + "\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(directory.resolve("answer"), String.join("\n", completed("show", "web-1", "")) + "\n");

        String replies = bash("compopt() { :; }; . '" + script + "'; COMP_WORDS=('" + command
                + "' --store \"'/a b'\" show web\\ 1 ''); COMP_CWORD=5;"
                + " _complete_vmsnap_names; printf '%s\\n' \"${COMPREPLY[@]}\"");

        assertThat(bash("echo " + replies.strip()).strip()).isEqualTo(trap);
        assertThat(Files.readString(directory.resolve("asked")))
                .isEqualTo("complete\n--\n--store\n/a b\nshow\nweb 1\n\n");
        assertThat(directory.resolve("trap")).doesNotExist();
    }

    private List<String> completed(String... words) {
        List<String> all = new ArrayList<>(List.of("complete", "--"));
        all.addAll(Arrays.asList(words));
        CommandBench.Result result = bench.vmsnap(all.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
        return result.out().lines().toList();
    }

    private String bash(String script) throws IOException, InterruptedException {
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder("bash", "--norc", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return Files.readString(printed, StandardCharsets.UTF_8);
    }
}
