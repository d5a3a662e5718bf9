package dev.vmsnap.cli;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

@Command(name = "version", description = "Print the versions of vmsnap, Java and what answers on the nodes.")
final class VersionVerb extends Verb {
    @Override
    int run(Session session) {
        List<Output.NodeVersion> nodes = new ArrayList<>();
        session.nodes().forEach((name, hypervisor) -> nodes.add(version(name, hypervisor)));
        session.output().versions(new Output.Versions(Product.version(), System.getProperty("java.version"), nodes));
        return ExitCode.DONE;
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
