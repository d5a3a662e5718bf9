package dev.vmsnap.cli;

import dev.vmsnap.Actor;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options of every verb. */
final class GlobalOptions {
    private static final String LOCAL = "localhost";

    @Option(
            names = "--connect",
            paramLabel = "URI",
            scope = ScopeType.INHERIT,
            description =
                    "The one node, as libvirt URI. Without it the session of libvirt on this machine, for root its system.")
    private @Nullable String connect;

    @Option(
            names = "--node",
            paramLabel = "NAME=URI",
            scope = ScopeType.INHERIT,
            description = "A node, its name and libvirt URI, instead of --connect; repeat it for more.")
    private List<String> named = new ArrayList<>();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The configuration file. Without it, one in the XDG configuration directory if it is there.")
    private @Nullable Path config;

    @Option(
            names = "--store",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The database of trees and journals. Without it, one in the XDG data directory.")
    private @Nullable Path store;

    @Option(
            names = "--audit",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Append to this file who asked for what and what became of it, a JSON document a line.")
    private @Nullable Path audit;

    @Option(
            names = "--as",
            paramLabel = "ROLE:NAME",
            scope = ScopeType.INHERIT,
            description = "Who asks: user:NAME or administrator:NAME. Without it, you as an administrator.")
    private @Nullable String actor;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            scope = ScopeType.INHERIT,
            description = "Wait so long, such as 30s or 5m, for another operation on the VM. Without it, not at all.")
    private @Nullable String wait;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print one JSON document instead of text, for failures too.")
    private boolean json;

    @Option(names = "--no-color", scope = ScopeType.INHERIT, description = "Print without colours.")
    private boolean noColor;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Log what is done, and failures in full.")
    private boolean verbose;

    @Mixin
    private LvmOptions lvm = new LvmOptions();

    @Mixin
    private NasOptions nas = new NasOptions();

    /** Takes from the environment and the configuration file what the command line leaves out. */
    Defaults complete(Map<String, String> environment) {
        Defaults variables = Defaults.of(environment);
        json |= variables.flag(Preference.JSON);
        verbose |= variables.flag(Preference.VERBOSE);
        Defaults defaults = variables.and(Optional.ofNullable(config), environment);
        if (connect == null && named.isEmpty()) {
            connect = defaults.one(Preference.CONNECT).orElse(null);
            named = defaults.all(Preference.NODE);
        }
        store = store != null ? store : defaults.one(Preference.STORE, Path::of).orElse(null);
        audit = audit != null ? audit : defaults.one(Preference.AUDIT, Path::of).orElse(null);
        actor = actor != null ? actor : defaults.one(Preference.AS).orElse(null);
        wait = wait != null ? wait : defaults.one(Preference.WAIT).orElse(null);
        noColor |= defaults.flag(Preference.NO_COLOR);
        lvm.complete(defaults);
        nas.complete(defaults);
        return defaults;
    }

    LvmOptions lvm() {
        return lvm;
    }

    NasOptions nas() {
        return nas;
    }

    boolean json() {
        return json;
    }

    boolean colours() {
        return !noColor;
    }

    boolean verbose() {
        return verbose;
    }

    /** The nodes, by name, in the order of the command line. */
    Map<String, String> nodes() {
        if (named.isEmpty()) {
            String uri = connect != null ? connect : usualUri(System.getProperty("user.name", ""));
            return Map.of(host(uri), uri);
        }
        if (connect != null) {
            throw new UsageException("--connect and --node exclude each other.");
        }
        Map<String, String> nodes = new LinkedHashMap<>();
        for (String node : named) {
            int at = node.indexOf('=');
            if (at < 1
                    || node.substring(0, at).isBlank()
                    || node.substring(at + 1).isBlank()) {
                throw new UsageException("--node wants NAME=URI, not '" + node + "'.");
            }
            if (nodes.put(node.substring(0, at), node.substring(at + 1)) != null) {
                throw new UsageException("Two nodes are called '" + node.substring(0, at) + "'.");
            }
        }
        return nodes;
    }

    /** The database. */
    Path store(Map<String, String> environment) {
        return store != null ? store.toAbsolutePath() : usualStore(environment, System.getProperty("user.home", ""));
    }

    /** Whether the database was named on the command line. */
    boolean namesStore() {
        return store != null;
    }

    /** Where what happens is written down, if anywhere. */
    Optional<Path> audit() {
        return Optional.ofNullable(audit);
    }

    /** Returns the time to wait for another operation on the same VM. */
    Duration patience() {
        try {
            return wait == null ? Duration.ZERO : Expiry.span(wait);
        } catch (DateTimeParseException e) {
            throw new UsageException("--wait wants a time such as 30s, 5m or PT1H, not '" + wait + "'.");
        }
    }

    /** Who asks. */
    Actor actor(Map<String, String> environment) {
        String user = Optional.ofNullable(environment.get("USER"))
                .filter(name -> !name.isBlank())
                .orElse(System.getProperty("user.name", "unknown"));
        String text = actor != null ? actor : "administrator:" + user;
        int at = text.indexOf(':');
        try {
            String name = text.substring(at + 1);
            return switch (at < 0 ? "" : text.substring(0, at)) {
                case "user" -> Actor.user(name);
                case "administrator" -> Actor.administrator(name);
                default -> throw new UsageException("--as wants user:NAME or administrator:NAME, not '" + text + "'.");
            };
        } catch (IllegalArgumentException e) {
            throw new UsageException("--as: " + e.getMessage() + ".");
        }
    }

    static String usualUri(String user) {
        return user.equals("root") ? "qemu:///system" : "qemu:///session";
    }

    /** What a node is called that nobody named. */
    static String host(String uri) {
        try {
            return Optional.ofNullable(new URI(uri).getHost())
                    .filter(host -> !host.isBlank())
                    .orElse(LOCAL);
        } catch (URISyntaxException e) {
            return LOCAL;
        }
    }

    static Path usualStore(Map<String, String> environment, String home) {
        return absolute(environment.get("XDG_DATA_HOME"))
                .orElseGet(() -> Path.of(home, ".local", "share"))
                .resolve("vmsnap")
                .resolve("snapshots.db");
    }

    /** The XDG rules say that a relative path is to be ignored. */
    static Optional<Path> absolute(@Nullable String path) {
        try {
            return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
