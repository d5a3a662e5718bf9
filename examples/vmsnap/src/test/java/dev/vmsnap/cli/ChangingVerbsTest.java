package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ChangingVerbsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void editChangesOnlyWhatIsNamed() {
        bench.done("create", "web-1", "--name", "old", "--comment", "stays");

        JsonObject edited = bench.done("edit", "web-1", "old", "--name", "new").getAsJsonObject("snapshot");

        assertThat(edited.get("name").getAsString()).isEqualTo("new");
        assertThat(edited.get("comment").getAsString()).isEqualTo("stays");
        assertThat(bench.done("edit", "web-1", "new", "--comment", "")
                        .getAsJsonObject("snapshot")
                        .get("comment")
                        .getAsString())
                .isEmpty();
    }

    @Test
    void editWithoutAChangeIsAUsageError() {
        bench.create("a");

        assertThat(bench.vmsnap("edit", "web-1", "a").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void deleteTakesSeveralAndTheirChildrenWhenAsked() {
        String a = bench.create("a");
        String b = bench.create("b");
        String c = bench.create("c");

        JsonObject middle = bench.done("delete", "web-1", "b");

        assertThat(middle.getAsJsonArray("deleted").get(0).getAsString()).isEqualTo(b);
        assertThat(middle.getAsJsonArray("snapshots")).hasSize(2);
        Result rest = bench.vmsnap("delete", "web-1", a, "--children");
        assertThat(rest.out()).contains("deleted \"a\"", "deleted \"c\"", "0 snapshots left");
        assertThat(bench.vmsnap("delete", "web-1", a, c).code()).isEqualTo(ExitCode.REFUSED);
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void deleteAllLeavesNothing() {
        bench.create("a");
        bench.create("b");

        assertThat(bench.vmsnap("delete-all", "web-1", "--dry-run").out()).contains("allowed");
        assertThat(bench.done("delete-all", "web-1").getAsJsonArray("deleted")).hasSize(2);
        assertThat(bench.vmsnap("delete-all", "web-1").out()).contains("Nothing to delete");
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmThatIsGoneIsForgotten() {
        bench.create("a");
        bench.datacenter.node("node-1").remove("web-1");

        assertThat(bench.vmsnap("vm-deleted", "web-1").code()).isZero();
        assertThat(bench.done("vms").getAsJsonArray("vms")).isEmpty();
        assertThat(bench.vmsnap("vm-deleted", "0b9c1c1e-3f52-4c35-9d86-0f2a3c9d9a11")
                        .code())
                .isZero();
    }

    @Test
    void settingsMergeWithWhatTheVmSaid() {
        bench.done("settings", "web-1", "--limit", "7");

        JsonObject settings = bench.done("settings", "web-1", "--allow-users", "yes");

        assertThat(value(settings, "limit")).isEqualTo("7 VM");
        assertThat(value(settings, "allowUsers")).isEqualTo("true VM");
        assertThat(value(settings, "allowRam")).isEqualTo("false DEFAULT");
        assertThat(bench.vmsnap("settings", "web-1", "--explain").out())
                .containsPattern("limit of snapshots: +7 +\\(decided by: the VM\\)")
                .containsPattern("RAM may be saved: +no +\\(decided by: the default\\)");
        assertThat(bench.vmsnap("settings", "web-1").out()).doesNotContain("decided");
        assertThat(value(bench.done("settings", "web-1", "--reset", "--limit", "2"), "allowUsers"))
                .isEqualTo("false DEFAULT");
    }

    @Test
    void aTemplateDecidesForTheVmsAssignedToIt() {
        bench.done("template", "gold", "--limit", "9", "--allow-ram", "true");

        JsonObject settings = bench.done("assign", "web-1", "gold");

        assertThat(value(settings, "limit")).isEqualTo("9 TEMPLATE");
        assertThat(settings.get("template").getAsString()).isEqualTo("gold");
        bench.done("template", "gold", "--limit", "4");
        assertThat(value(bench.done("settings", "web-1"), "limit")).isEqualTo("4 TEMPLATE");
        assertThat(bench.vmsnap("template", "gold").out())
                .contains("limit of snapshots:        4", "RAM may be saved:          yes");
        assertThat(bench.vmsnap("template").out()).contains("gold");
    }

    @Test
    void aQuotaAndRestoringAreSettingsToo() {
        JsonObject settings = bench.done("settings", "web-1", "--quota", "10G", "--allow-restore", "false");

        assertThat(value(settings, "quotaBytes")).isEqualTo("10737418240 VM");
        assertThat(value(settings, "allowRestore")).isEqualTo("false VM");
        assertThat(settings.getAsJsonObject("choice").get("quotaBytes").getAsLong())
                .isEqualTo(10L << 30);
        assertThat(bench.vmsnap("settings", "web-1", "--explain").out())
                .containsPattern("quota of snapshots: +10 GiB +\\(decided by: the VM\\)")
                .containsPattern("users restore snapshots: +no +\\(decided by: the VM\\)");
        bench.done("template", "gold", "--quota", "1T", "--allow-restore", "yes");
        JsonObject assigned = bench.done("assign", "web-1", "gold");
        assertThat(value(assigned, "quotaBytes")).isEqualTo("10737418240 VM");
        assertThat(value(bench.done("settings", "web-1", "--reset"), "quotaBytes"))
                .isEqualTo("1099511627776 TEMPLATE");
        assertThat(bench.vmsnap("template", "gold").out()).containsPattern("quota of snapshots: +1 TiB");
    }

    @Test
    void noQuotaIsAWordAndWhatIsNotSaidIsNull() {
        JsonObject open = bench.done("settings", "web-1");
        JsonObject none = bench.done("settings", "web-1", "--quota", "none");

        assertThat(value(open, "quotaBytes")).isEqualTo("none DEFAULT");
        assertThat(open.getAsJsonObject("choice").get("quotaBytes").isJsonNull())
                .isTrue();
        assertThat(value(none, "quotaBytes")).isEqualTo("none VM");
        assertThat(none.getAsJsonObject("choice").get("quotaBytes").getAsString())
                .isEqualTo("none");
        assertThat(bench.vmsnap("settings", "web-1").out()).containsPattern("quota of snapshots: +none");
    }

    @Test
    void theQuotaAndTheWordOnRestoringHold() {
        bench.create("a");
        bench.done("settings", "web-1", "--quota", "0", "--allow-users", "true", "--allow-restore", "false");

        assertThat(bench.vmsnap("create", "web-1").err()).contains("QUOTA_REACHED", "to fix:");
        assertThat(bench.vmsnap("--as", "user:eve", "restore", "web-1", "a").err())
                .contains("RESTORE_NOT_ALLOWED");
        assertThat(bench.vmsnap("--as", "user:eve", "check", "web-1", "restore", "a")
                        .code())
                .isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("--as", "user:eve", "check", "web-1", "configure")
                        .out())
                .contains("ADMINISTRATOR_ONLY");
    }

    @Test
    void aTemplateThatIsNotThereIsRefused() {
        assertThat(bench.vmsnap("template", "none", "--json").error().toString())
                .contains("TEMPLATE_NOT_FOUND");
        assertThat(bench.vmsnap("assign", "web-1", "none").code()).isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("template", "--limit", "3").code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.vmsnap("template", " ", "--limit", "3").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void usersAreRefusedUntilTheSettingsAllowThem() {
        assertThat(bench.vmsnap("--as", "user:eve", "create", "web-1").err()).contains("USERS_NOT_ALLOWED");
        assertThat(bench.vmsnap("--as", "user:eve", "settings", "web-1", "--allow-users", "true")
                        .code())
                .isEqualTo(ExitCode.REFUSED);

        bench.done("settings", "web-1", "--allow-users", "true");

        JsonObject made = bench.done("create", "web-1", "--as", "user:eve").getAsJsonObject("snapshot");
        assertThat(made.getAsJsonObject("createdBy").get("role").getAsString()).isEqualTo("USER");
    }

    @Test
    void anOptionOfAnotherQuestionIsNotOverheard() {
        bench.create("a");

        for (String[] wrong : new String[][] {
            {"check", "web-1", "delete", "a", "--ram"},
            {"check", "web-1", "restore", "a", "--exclude", "vdb"},
            {"check", "web-1", "edit", "a", "--quiesce", "never"},
            {"check", "web-1", "create", "--untag", "x"},
            {"check", "web-1", "migrate", "--to-node", "node-2", "--to-storage", "file"},
            {"check", "web-1", "delete-vm", "--children"}
        }) {
            Result result = bench.vmsnap(wrong);
            assertThat(result.code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
            assertThat(result.err()).contains("check VM " + wrong[2] + " takes no --");
        }
    }

    @Test
    void checkAnswersWithoutTouching() {
        assertThat(bench.vmsnap("check", "web-1", "create").code()).isZero();
        assertThat(bench.vmsnap("check", "web-1", "create", "--ram").code()).isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("check", "web-1", "reconfigure").out()).contains("allowed");
        bench.create("a");

        assertThat(bench.vmsnap("check", "web-1", "restore", "a").code()).isZero();
        assertThat(bench.vmsnap("check", "web-1", "reconfigure", "--change", "memory,cpu")
                        .out())
                .contains("CONFIGURATION_LOCKED", "memory", "to fix:");
        assertThat(bench.vmsnap("check", "web-1", "migrate-live", "--to-node", "n2", "--to-storage", "nas")
                        .out())
                .contains("LIVE_MIGRATION_LOCKED");
        Result cold = bench.vmsnap(
                "check", "web-1", "migrate-cold", "--to-node", "n2", "--to-storage", "network-lvm", "--json");
        assertThat(cold.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(cold.json().get("allowed").getAsBoolean()).isFalse();
        assertThat(cold.json().getAsJsonArray("refusals").toString()).contains("COLD_MIGRATION_LOCKED");
        assertThat(bench.vmsnap("check", "web-1", "delete", "a", "--children").out())
                .contains("allowed for web-1");
        assertThat(bench.vmsnap("check", "web-1", "delete").code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.vmsnap("check", "web-1", "delete-all").code()).isZero();
        assertThat(bench.vmsnap("check", "web-1", "configure").code()).isZero();
        assertThat(bench.vmsnap("check", "web-1", "edit", "a", "--name", " ").out())
                .contains("TEXT_INVALID");
        assertThat(bench.vmsnap("check", "web-1", "clone").out()).contains("allowed", "note:");
        assertThat(bench.done("check", "web-1", "delete-vm").getAsJsonArray("notices"))
                .hasSize(1);
    }

    private static String value(JsonObject settings, String name) {
        JsonObject decided = settings.getAsJsonObject("settings").getAsJsonObject(name);
        return decided.get("value").getAsString() + " " + decided.get("level").getAsString();
    }
}
