package dev.vmsnap.cli;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

@Command(name = "version", description = "Print the versions of vmsnap, Java and what answers on the nodes.")
final class VersionVerb extends Verb {
    @Override
    int run(Session session) {
        List<Output.NodeVersion> nodes = versions(session.nodes());
        session.output().versions(new Output.Versions(Product.version(), System.getProperty("java.version"), nodes));
        return nodes.stream().allMatch(Output.NodeVersion::reachable) ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }

    /** Asks all nodes at once: one that hangs takes its driver's time. */
    private static List<Output.NodeVersion> versions(Map<String, HypervisorDriver> nodes) {
        List<CompletableFuture<Output.NodeVersion>> asked = nodes.entrySet().stream()
                .map(node -> CompletableFuture.supplyAsync(
                        () -> version(node.getKey(), node.getValue()), VersionVerb::beside))
                .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private static void beside(Runnable question) {
        Thread thread = new Thread(question, "version");
        thread.setDaemon(true);
        thread.start();
    }

    private static Output.NodeVersion version(String name, HypervisorDriver hypervisor) {
        try {
            return new Output.NodeVersion(name, true, hypervisor.version());
        } catch (DriverException e) {
            return new Output.NodeVersion(name, false, String.valueOf(e.getMessage()));
        }
    }

    /** This program. */
    static final class Product implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"vmsnap " + version()};
        }

        static String version() {
            return Objects.requireNonNullElse(VersionVerb.class.getPackage().getImplementationVersion(), "development");
        }
    }
}
