package dev.vmsnap.lab.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class nodes of the lab: {@code @RegisterExtension static final LabNodes NODES = LabNodes.of("a", "b")}.
 *
 * <p>The nodes of a run belong to all its classes and are ended with it, even if it is killed. Those that a class asks for
 * and that are not there, or that an earlier class killed or froze, are started before its first test; what is on their
 * disks stays from class to class. With two nodes there is a volume group that they share.
 *
 * <p>If the system property {@code lab.directory} or the environment variable {@code VMSNAP_LAB_DIR} names a directory,
 * the lab in it is used and left running.
 */
public final class LabNodes implements BeforeAllCallback {
    private final List<String> names;
    private @Nullable Lab lab;

    private LabNodes(List<String> names) {
        this.names = names;
    }

    /** Nodes of those names; a name is a letter and up to 14 letters, digits or hyphens. */
    public static LabNodes of(String... names) {
        return new LabNodes(List.of(names));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        lab = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent("nodes of the lab", key -> Lab.open(), Lab.class);
        lab.up(names);
    }

    /** One of the nodes asked for. */
    public LabNode node(String name) {
        return lab().node(name);
    }

    /** Cuts a node's power. Its disks stay; {@link #up} brings it back with them. */
    public void kill(String name) {
        lab().scripts.down("--kill", name);
    }

    /** Stops a node in its tracks: it answers nobody and renews no lease, until {@link #up}. */
    public void freeze(String name) {
        lab().scripts.down("--freeze", name);
    }

    /** Cuts a node off the shared disk: what it reads and writes there waits, until {@link #up}. */
    public void cutOff(String name) {
        lab().scripts.down("--cut", name);
    }

    /** Starts a node that was killed, and lets one that was frozen or cut off go on; returns when it answers. */
    public LabNode up(String name) {
        lab().up(List.of(name));
        return node(name);
    }

    private Lab lab() {
        if (lab == null) {
            throw new IllegalStateException("nodes are there from before the first test on");
        }
        return lab;
    }

    /** The lab of the run; ended by JUnit when the last test is over. */
    private static final class Lab implements AutoCloseable {
        private final Map<String, LabNode> nodes = new HashMap<>();
        private final LabScripts scripts;
        private final boolean stays;

        private Lab(LabScripts scripts, boolean stays) {
            this.scripts = scripts;
            this.stays = stays;
        }

        static Lab open() {
            String named = Optional.ofNullable(System.getProperty("lab.directory"))
                    .orElse(System.getenv().getOrDefault("VMSNAP_LAB_DIR", ""));
            if (!named.isEmpty()) {
                return new Lab(new LabScripts(Path.of(named).toAbsolutePath(), Optional.empty()), true);
            }
            try {
                Path directory = Files.createTempDirectory("lab");
                return new Lab(
                        new LabScripts(
                                directory, Optional.of(ProcessHandle.current().pid())),
                        false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        synchronized void up(List<String> names) {
            scripts.up(names).forEach(node -> nodes.put(node.name(), node));
        }

        synchronized LabNode node(String name) {
            LabNode node = nodes.get(name);
            if (node == null) {
                throw new IllegalArgumentException("nobody asked for a node " + name + ", only for " + nodes.keySet());
            }
            return node;
        }

        @Override
        public void close() {
            if (!stays) {
                scripts.down();
            }
        }
    }
}
