package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.CommandLine;

final class GlobalOptionsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @CommandLine.Command
    private static final class Bare {
        @CommandLine.Mixin
        private final GlobalOptions options = new GlobalOptions();
    }

    @Test
    void oneNodeIsNamedAfterItsHost() {
        assertThat(parsed("--connect", "qemu+ssh://root@node-7/system").nodes())
                .containsExactly(Map.entry("node-7", "qemu+ssh://root@node-7/system"));
        assertThat(parsed("--connect", "qemu:///system").nodes()).containsOnlyKeys("localhost");
    }

    @Test
    void severalNodesHaveTheNamesThatTheyAreGiven() {
        assertThat(parsed("--node", "a=qemu:///system", "--node", "b=qemu+ssh://b/system?keyfile=/k=v")
                        .nodes())
                .containsExactly(Map.entry("a", "qemu:///system"), Map.entry("b", "qemu+ssh://b/system?keyfile=/k=v"));
    }

    @Test
    void nodesThatMakeNoSenseAreUsageErrors() {
        for (String[] wrong : new String[][] {
            {"--node", "a"},
            {"--node", "=qemu:///system"},
            {"--node", "a="},
            {"--node", "a=x", "--node", "a=y"},
            {"--node", "a=x", "--connect", "y"}
        }) {
            assertThatThrownBy(() -> parsed(wrong).nodes())
                    .as(String.join(" ", wrong))
                    .isInstanceOf(UsageException.class);
        }
    }

    @Test
    void volumeGroupsAreNamedOneByOneAndTheRoomOfASnapshotIsAShareOfItsVolume() {
        LvmOptions lvm = parsed(
                        "--lvm", "vg_a", "--lvm", "vg_b", "--shared-lvm", "vg_san", "--lvm-snapshot-size", "20%")
                .lvm();

        assertThat(lvm.local()).containsExactly("vg_a", "vg_b");
        assertThat(lvm.shared()).containsExactly("vg_san");
        assertThat(lvm.percent()).hasValue(20);
        assertThat(LibvirtConnections.lvm(lvm))
                .hasValueSatisfying(storage -> assertThat(storage.toString()).contains("vg_a", "vg_b", "vg_san"));
        assertThat(LibvirtConnections.lvm(parsed().lvm())).isEmpty();
        assertThat(parsed("--lvm", "vg").lvm().percent()).isEmpty();
        assertThat(parsed("--lvm", "vg", "--lvm-snapshot-size", "100").lvm().percent())
                .hasValue(100);
    }

    @Test
    void aRoomThatMakesNoSenseIsAUsageError() {
        for (String wrong : new String[] {"0%", "101%", "-5%", "5G", "%", "1.5%"}) {
            assertThat(bench.vmsnap("vms", "--lvm", "vg", "--lvm-snapshot-size", wrong, "--json")
                            .code())
                    .as(wrong)
                    .isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void volumeGroupsThatMakeNoSenseAreUsageErrors() {
        for (String[] wrong : new String[][] {
            {"--lvm-snapshot-size", "5%"},
            {"--lvm", "-vg"},
            {"--lvm", "vg/lv"},
            {"--shared-lvm", ""},
            {"--lvm", "vg", "--lvm", "vg"},
            {"--lvm", "vg", "--shared-lvm", "vg"}
        }) {
            assertThatThrownBy(() -> LibvirtConnections.lvm(parsed(wrong).lvm()))
                    .as(String.join(" ", wrong))
                    .isInstanceOf(UsageException.class);
        }
    }

    @Test
    void exportsThatHaveAnotherNameOrAreGoneAreNamedOneByOne() {
        NasOptions nas = parsed(
                        "--same-export",
                        "old:/srv=new:/srv",
                        "--same-export",
                        "a:/x=b:/x",
                        "--abandoned-export",
                        "gone:/srv")
                .nas();

        assertThat(nas.same()).containsExactly("old:/srv=new:/srv", "a:/x=b:/x");
        assertThat(nas.abandoned()).containsExactly("gone:/srv");
        assertThat(LibvirtConnections.nas(nas).id()).isEqualTo("nas");
        for (String[] wrong :
                new String[][] {{"--same-export", "old:/srv"}, {"--same-export", "=x"}, {"--abandoned-export", " "}}) {
            assertThatThrownBy(() -> LibvirtConnections.nas(parsed(wrong).nas()))
                    .as(String.join(" ", wrong))
                    .isInstanceOf(UsageException.class);
        }
    }

    @Test
    void rootTalksToTheSystemAndOthersToTheirSession() {
        assertThat(GlobalOptions.usualUri("root")).isEqualTo("qemu:///system");
        assertThat(GlobalOptions.usualUri("ada")).isEqualTo("qemu:///session");
    }

    @Test
    void theStoreFollowsTheXdgRules() {
        assertThat(GlobalOptions.usualStore(Map.of("XDG_DATA_HOME", "/data"), "/home/ada"))
                .isEqualTo(Path.of("/data/vmsnap/snapshots.db"));
        assertThat(GlobalOptions.usualStore(Map.of("XDG_DATA_HOME", "relative"), "/home/ada"))
                .isEqualTo(Path.of("/home/ada/.local/share/vmsnap/snapshots.db"));
        assertThat(GlobalOptions.usualStore(Map.of(), "/home/ada"))
                .isEqualTo(Path.of("/home/ada/.local/share/vmsnap/snapshots.db"));
        assertThat(parsed("--store", "/x/y.db").store(Map.of())).isEqualTo(Path.of("/x/y.db"));
    }

    @Test
    void whoAsksIsAnAdministratorUnlessSaidOtherwise() {
        assertThat(parsed().actor(Map.of("USER", "ada"))).isEqualTo(Actor.administrator("ada"));
        assertThat(parsed("--as", "user:eve:x").actor(Map.of())).isEqualTo(Actor.user("eve:x"));
        for (String wrong : new String[] {"eve", "user:", "root:eve", ":", "user:a\nb"}) {
            assertThatThrownBy(() -> parsed("--as", wrong).actor(Map.of()))
                    .as(wrong)
                    .isInstanceOf(UsageException.class);
        }
    }

    @Test
    void globalOptionsMayStandBeforeAndAfterTheVerb() {
        assertThat(bench.vmsnap("--json", "vms").out()).startsWith("{");
        assertThat(bench.vmsnap("vms", "--json").out()).startsWith("{");
        bench.done("settings", "web-1", "--allow-users", "true");
        assertThat(bench.vmsnap("--as", "user:eve", "--json", "create", "web-1", "--no-color")
                        .out())
                .contains("\"USER\"");
    }

    @Test
    void aMisspeltVerbIsAUsageErrorThatTellsTheLikelyOne() {
        assertThat(bench.vmsnap("creat", "web-1").code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.vmsnap("creat", "web-1").err())
                .contains("There is no verb 'creat'. Did you mean: ")
                .contains("create")
                .contains("See 'vmsnap --help'.");
        assertThat(bench.vmsnap("create", "web-1", "--nam", "x").err())
                .contains("'--nam'")
                .contains("See 'vmsnap create --help'.");
    }

    @Test
    void usageErrorsAreJsonToo() {
        for (String[] wrong : new String[][] {
            {"--json"},
            {"create", "--json"},
            {"create", "web-1", "--quiesce", "maybe", "--json"},
            {"settings", "web-1", "--limit", "1001", "--json"},
            {"settings", "web-1", "--allow-ram", "perhaps", "--json"},
            {"settings", "web-1", "--quota", "10X", "--json"},
            {"check", "web-1", "restore", "--json"},
            {"check", "web-1", "clone", "x", "--json"},
            {"check", "web-1", "migrate-cold", "--to-node", "n", "--json"},
            {"check", "web-1", "explode", "--json"},
            {"--as", "nobody", "vms", "--json"}
        }) {
            CommandBench.Result result = bench.vmsnap(wrong);
            assertThat(result.code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
            assertThat(result.error().get("kind").getAsString()).isEqualTo("usage");
            assertThat(result.err()).isEmpty();
        }
    }

    private static GlobalOptions parsed(String... arguments) {
        Bare bare = new Bare();
        new CommandLine(bare).parseArgs(arguments);
        return bare.options;
    }
}
