package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DocumentedFieldsTest {
    /** Objects whose names are data. */
    private static final Set<String> FREE = Set.of("data", "bytesNeeded", "tags");

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    private final Set<String> names = new TreeSet<>();

    @Test
    void everyFieldStandsInTheReference() throws IOException {
        bench.web.withCdrom("sda");
        said("create", "web-1", "--name", "a");
        said("create", "web-1", "--ram", "--dry-run");
        said("create", "web-1", "--dry-run");
        said("create", "web-1", "--ram");
        said("restore", "web-1", "a");
        said("vms");
        said("list");
        said("tree", "web-1");
        said("show", "web-1", "a");
        bench.datacenter.node("node-1").withVm("db-1").withLogicalVolume("vda");
        said("create", "db-1", "--name", "b");
        said("usage", "db-1");
        said("list", "db-1", "--usage");
        said("clone", "web-1", "a", "--to", "vda=/images/copy.qcow2");
        said("create", "db-1", "--expires", "1h", "--tag", "k=v");
        bench.datacenter.advance(Duration.ofHours(2));
        said("--as", "user:eve", "delete-expired");
        said("status", "db-1");
        bench.shared("shop");
        said("migrate", "shop", "--to", "node-2");
        said("settings", "web-1");
        said("template", "gold", "--limit", "1");
        said("template");
        said("version");
        said("ops");
        bench.datacenter.destroyDisk("/images/web-1-vdb.qcow2");
        bench.datacenter.disk("/images/web-1-vdb.qcow2");
        said("doctor");
        said("delete-all", "web-1");
        bench.datacenter
                .faults()
                .failOn(Point.IMAGES_CUT)
                .onCall(1)
                .at(Moment.AFTER)
                .with(Reason.BROKEN);
        bench.datacenter.faults().failOn(Point.IMAGES_DELETE).with(Reason.UNREACHABLE);
        said("create", "web-1");
        said("recover");

        String reference = Files.readString(repository().resolve("docs/cli.md"));
        List<String> missing = names.stream()
                .filter(name -> !reference.contains("`" + name + "`"))
                .toList();

        assertThat(names)
                .contains(
                        "roomBytes",
                        "copies",
                        "expired",
                        "left",
                        "pauseMillis",
                        "leftovers",
                        "findings",
                        "outcome",
                        "pointOfNoReturn");
        assertThat(missing).isEmpty();
    }

    private void said(String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--json";
        collect(JsonParser.parseString(bench.vmsnap(all).out()));
    }

    private void collect(JsonElement element) {
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(this::collect);
        } else if (element.isJsonObject()) {
            element.getAsJsonObject().entrySet().forEach(field -> {
                names.add(field.getKey());
                if (!FREE.contains(field.getKey())) {
                    collect(field.getValue());
                }
            });
        }
    }

    static Path repository() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("snapshot-bom/pom.xml"))) {
            directory = directory.getParent();
        }
        return directory;
    }
}
