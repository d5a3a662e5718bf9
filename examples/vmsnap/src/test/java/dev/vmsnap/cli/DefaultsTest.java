package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the environment and the configuration file give in place of the command line. */
final class DefaultsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @TempDir
    private Path directory;

    @CommandLine.Command
    private static final class Bare {
        @CommandLine.Mixin
        private final GlobalOptions options = new GlobalOptions();
    }

    @Test
    void everyOptionOfEveryVerbHasItsPreference() {
        String help = bench.vmsnap("--help").out();
        String options = help.substring(0, help.indexOf("Verbs:"));

        assertThat(Stream.of(options.split("\\s+"))
                        .filter(word -> word.matches("--[a-z-]+(=.*)?"))
                        .map(word -> word.replaceFirst("=.*", "").substring(2))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                Stream.of("help", "version", "config"),
                                Arrays.stream(Preference.values()).map(Preference::key))
                        .toList());
    }

    @Test
    void theCommandLineDecidesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
        Path file = file("store = /of/file.db\nlvm = vg_f\nlvm = vg_g\nas = user:f\n");
        Map<String, String> environment = Map.of("VMSNAP_STORE", "/of/environment.db", "VMSNAP_LVM", "vg_e  vg_d");

        GlobalOptions options = completed(environment, "--config", file.toString(), "--store", "/of/line.db");
        assertThat(options.store(Map.of())).isEqualTo(Path.of("/of/line.db"));
        assertThat(options.lvm().local()).containsExactly("vg_e", "vg_d");
        assertThat(options.actor(Map.of()).name()).isEqualTo("f");
        assertThat(completed(Map.of(), "--config", file.toString()).lvm().local())
                .containsExactly("vg_f", "vg_g");
        assertThat(completed(environment, "--config", file.toString()).store(Map.of()))
                .isEqualTo(Path.of("/of/environment.db"));
    }

    @Test
    void connectAndNodeAreOneChoice() throws IOException {
        Path file = file("node = a=qemu+ssh://a/system\nnode = b=qemu+ssh://b/system\n");

        assertThat(completed(Map.of(), "--config", file.toString()).nodes()).containsOnlyKeys("a", "b");
        assertThat(completed(Map.of("VMSNAP_CONNECT", "qemu:///system"), "--config", file.toString())
                        .nodes())
                .containsOnlyKeys("localhost");
        assertThat(completed(Map.of("VMSNAP_CONNECT", "qemu:///system"), "--node", "c=qemu:///session")
                        .nodes())
                .containsOnlyKeys("c");
        assertThat(completed(Map.of("VMSNAP_NODE", "a=qemu:///system b=qemu:///session"))
                        .nodes())
                .containsOnlyKeys("a", "b");
    }

    @Test
    void theUsualFileFollowsTheXdgRulesAndNeedNotBeThere() throws IOException {
        Files.createDirectory(directory.resolve("vmsnap"));
        Files.writeString(directory.resolve("vmsnap").resolve("vmsnap.conf"), "lvm = vg_x\n");

        assertThat(completed(Map.of("XDG_CONFIG_HOME", directory.toString()))
                        .lvm()
                        .local())
                .containsExactly("vg_x");
        assertThat(completed(Map.of("XDG_CONFIG_HOME", directory.resolve("none").toString()))
                        .lvm()
                        .local())
                .isEmpty();
        assertThatThrownBy(() -> completed(
                        Map.of("VMSNAP_CONFIG", directory.resolve("none").toString())))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("There is no configuration file");
    }

    @Test
    void anErrorNamesTheFileAndTheLine() throws IOException {
        Map<String, String> wrong = new HashMap<>();
        wrong.put("# all is well\n\nstor = /x.db\n", ":3: \"stor\"");
        wrong.put("json = true\n", ":1: \"json\"");
        wrong.put("config = /x\n", ":1: \"config\"");
        wrong.put("store\n", ":1: store wants a value");
        wrong.put("store =\n", ":1: store wants a value");
        wrong.put("store = x.db\n", ":1: store wants an absolute path");
        wrong.put("store = /x\nstore = /y\n", ":2: store stands in");
        wrong.put("as = user:a\u001b[2Jb\n", ":1: as wants a value");
        wrong.put("lvm-snapshot-size = 5G\n", ":1: '5G' is not 1% to 100%");
        wrong.put("no-color = perhaps\n", ":1: 'perhaps' is neither");
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            Path file = file(one.getKey());
            assertThatThrownBy(() -> completed(Map.of(), "--config", file.toString()))
                    .as(one.getKey())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining(file + one.getValue());
        }
    }

    @Test
    void aFileThatCannotBeTrustedOrReadIsRefused() throws Exception {
        Path file = file("lvm = vg\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        assertRefused(file, "chmod go-w");
        assertRefused(directory, "no regular file");
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertRefused(pipe, "no regular file");
        Path bytes = file("");
        Files.write(bytes, new byte[] {'#', (byte) 0xff, '\n'});
        assertRefused(bytes, "not UTF-8");
        Files.write(bytes, "#".repeat(70_000).getBytes(StandardCharsets.UTF_8));
        assertRefused(bytes, "larger than 64 KiB");
    }

    @Test
    void anErrorOfAFileIsAUsageErrorOfTheCommand() throws IOException {
        Path file = file("lvm-snapshot-size = 5G\n");

        CommandBench.Result result = bench.vmsnap("vms", "--config", file.toString());

        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains(file + ":1");
    }

    @Test
    void theEnvironmentMayAskForADocument() {
        bench.environment("VMSNAP_JSON", "true");

        assertThat(bench.vmsnap("vms").out()).startsWith("{");
        assertThat(bench.vmsnap("tree", "nobody").out()).startsWith("{\"error\"".substring(0, 1));
    }

    private void assertRefused(Path file, String why) {
        assertThatThrownBy(() -> completed(Map.of(), "--config", file.toString()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(why);
    }

    private Path file(String text) throws IOException {
        Path file = directory.resolve("vmsnap.conf");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return file;
    }

    private static GlobalOptions completed(Map<String, String> environment, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("XDG_CONFIG_HOME", "/nowhere");
        Bare bare = new Bare();
        new CommandLine(bare).parseArgs(arguments);
        assertThat(bare.options.complete(all)).isNotNull();
        return bare.options;
    }
}
