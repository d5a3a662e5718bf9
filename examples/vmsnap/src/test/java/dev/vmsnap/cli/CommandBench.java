package dev.vmsnap.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.vmsnap.PowerState;
import dev.vmsnap.StorageKind;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryVm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A datacenter in memory at which command lines are run, each with an engine of its own like a process. */
final class CommandBench implements AfterEachCallback {
    private static final String SAN = "/dev/vg_san";

    final Datacenter datacenter = new Datacenter();
    final InMemoryVm web = datacenter.node("node-1").withVm("web-1", "vda", "vdb");
    private final ExecutorService worker = Executors.newCachedThreadPool();

    private Charset charset = StandardCharsets.UTF_8;
    private boolean terminal;
    private boolean person;
    private String typed = "";
    private final Map<String, String> environment = new HashMap<>(Map.of("USER", "ada", "XDG_CONFIG_HOME", "/nowhere"));
    private Duration nodeDeadline = Duration.ofSeconds(1);

    /** What a command line came to. */
    record Result(int code, String out, String err) {
        JsonObject json() {
            return JsonParser.parseString(out).getAsJsonObject();
        }

        JsonObject error() {
            return json().getAsJsonObject("error");
        }
    }

    CommandBench charset(Charset next) {
        charset = next;
        return this;
    }

    /** A person types this at each command line, and sees what it prints. */
    CommandBench typing(String text) {
        typed = text;
        person = true;
        return onTerminal();
    }

    CommandBench environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    CommandBench onTerminal() {
        terminal = true;
        return this;
    }

    /** For tests with a node that hangs. */
    CommandBench nodeDeadline(Duration time) {
        nodeDeadline = time;
        return this;
    }

    Result vmsnap(String... arguments) {
        return vmsnap(new Interruption(), arguments);
    }

    Result vmsnap(Interruption interruption, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal streams = new Terminal(
                new ByteArrayInputStream(typed.getBytes(charset)),
                new PrintStream(out, false, charset),
                new PrintStream(err, false, charset),
                charset,
                person,
                terminal,
                terminal,
                80,
                datacenter.clock(),
                environment);
        int code = Vmsnap.run(arguments, streams, opener, interruption);
        boolean json = out.toString(StandardCharsets.UTF_8).startsWith("{");
        return new Result(code, out.toString(json ? StandardCharsets.UTF_8 : charset), err.toString(charset));
    }

    /** A VM on a volume group that both nodes share, at first on node-1 and off. */
    InMemoryVm shared(String name) {
        Disk disk = new Disk("vda", Device.DISK, SourceType.BLOCK, Optional.of(SAN + "/" + name), Optional.of("raw"));
        return datacenter.node("node-1").withVm(name).with(disk).power(PowerState.OFF);
    }

    /** Runs what must succeed, for the sake of what it leaves. */
    JsonObject done(String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--json";
        Result result = vmsnap(all);
        if (result.code() != ExitCode.DONE) {
            throw new AssertionError(result);
        }
        return result.json();
    }

    /** Takes a snapshot and returns its id. */
    String create(String name) {
        return create("web-1", name);
    }

    /** Takes a snapshot of a VM and returns its id. */
    String create(String vm, String name) {
        return done("create", vm, "--name", name)
                .getAsJsonObject("snapshot")
                .get("id")
                .getAsString();
    }

    private final Connections.Opener opener = new Connections.Opener() {
        @Override
        public Connections open(GlobalOptions options, Terminal streams) {
            return CommandBench.this.open(options);
        }

        @Override
        public Optional<SnapshotStore> records(GlobalOptions options, Terminal streams) {
            return Optional.of(datacenter.store());
        }
    };

    private Connections open(GlobalOptions options) {
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>();
        nodes.put("node-1", datacenter.node("node-1"));
        nodes.put("node-2", datacenter.node("node-2"));
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(datacenter.inImage())
                .storage(datacenter.beside())
                .storage(datacenter.beside("san", StorageKind.NETWORK_LVM, SAN))
                .store(datacenter.store())
                .clock(datacenter.clock())
                .events(AuditLog.to(options.audit()))
                .nodeDeadline(nodeDeadline)
                .executor(worker);
        nodes.forEach(builder::node);
        return new Connections(builder.build(), nodes);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        datacenter.faults().clear();
        worker.shutdownNow();
    }
}
