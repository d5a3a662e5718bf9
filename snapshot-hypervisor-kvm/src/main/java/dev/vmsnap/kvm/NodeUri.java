package dev.vmsnap.kvm;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a libvirt URI tells of the way to a node.
 *
 * @param libvirt the URI as libvirt gets it
 * @param local whether the daemon is on this machine
 * @param ssh the way by OpenSSH, when that is libvirt's own
 */
record NodeUri(String libvirt, boolean local, Optional<Ssh> ssh) {
    // What says where the daemon's socket is, and which of libvirt's daemons it is.
    private static final Set<String> KEPT_ON_NODE = Set.of("socket", "mode");

    private static final Set<String> DAEMONS = Set.of("/system", "/session");
    private static final String NO_URI = "not a libvirt URI of a KVM node: ";
    private static final String EXAMPLES = "one is qemu:///system, qemu:///session or qemu+ssh://root@host/system";

    /**
     * Where OpenSSH goes, and how: what libvirt's own parameters say.
     *
     * @param host host name, address, or a name from the user's own configuration
     * @param user the user there; empty for what the configuration says
     * @param port the port; empty for what the configuration says
     * @param program what is run in place of {@code ssh}
     * @param keyFile a private key; empty for what the configuration says
     * @param trust how the host's key is checked
     */
    record Ssh(
            String host,
            Optional<String> user,
            OptionalInt port,
            Optional<String> program,
            Optional<String> keyFile,
            HostKeys trust) {
        Ssh {
            plain("host", host);
            user.ifPresent(value -> plain("user", value));
            program.ifPresent(value -> plain("command", value));
            keyFile.ifPresent(value -> plain("keyfile", value));
        }

        /** The options that lead there, without the host. */
        List<String> options() {
            List<String> options = new ArrayList<>();
            user.ifPresent(name -> options.addAll(List.of("-l", name)));
            port.ifPresent(number -> options.addAll(List.of("-p", Integer.toString(number))));
            // An agent full of other keys would use up what the server lets one try.
            keyFile.ifPresent(key -> options.addAll(List.of("-i", key, "-o", "IdentitiesOnly=yes")));
            trust.known().ifPresent(file -> options.addAll(List.of("-o", "UserKnownHostsFile=" + oneFile(file))));
            trust.checking().ifPresent(how -> options.addAll(List.of("-o", "StrictHostKeyChecking=" + how)));
            return options;
        }

        /** OpenSSH reads a list of files there, and expands % and ${...}; the latter is refused. */
        private static String oneFile(String path) {
            return '"' + path.replace("%", "%%") + '"';
        }
    }

    /**
     * How the key of a host is checked.
     *
     * @param known the file of known hosts; empty for what the configuration says
     * @param checking OpenSSH's word for how strictly; empty for what the configuration says
     * @param untold whether libvirt does not tell its own ssh of this
     */
    record HostKeys(Optional<String> known, Optional<String> checking, boolean untold) {
        static final HostKeys CONFIGURED = new HostKeys(Optional.empty(), Optional.empty(), false);

        HostKeys {
            known.ifPresent(file -> {
                if (!file.startsWith("/") || file.chars().anyMatch(c -> c < ' ' || "\"\\$".indexOf(c) >= 0)) {
                    throw new IllegalArgumentException("not usable as known_hosts: " + file);
                }
            });
        }

        private static HostKeys of(Map<String, String> parameters) {
            Optional<String> known = value(parameters, "known_hosts");
            String verify = value(parameters, "known_hosts_verify").orElse("normal");
            Optional<String> checking =
                    switch (verify) {
                        case "normal" -> known.map(file -> "yes");
                        case "auto" -> Optional.of("accept-new");
                        case "ignore" -> Optional.of("no");
                        default -> throw new IllegalArgumentException("known_hosts_verify is not " + verify);
                    };
            boolean untold = known.isPresent() || !verify.equals("normal");
            return value(parameters, "no_verify").orElse("0").matches("0*[1-9][0-9]*")
                    ? new HostKeys(known, Optional.of("no"), untold)
                    : new HostKeys(known, checking, untold);
        }
    }

    static NodeUri parse(String text) {
        URI uri = libvirtUri(text);
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String transport = scheme.contains("+") ? scheme.substring(scheme.indexOf('+') + 1) : "";
        String host = host(uri);
        if (transport.equals("ssh")) {
            if (host.isEmpty()) {
                throw new IllegalArgumentException("no host in " + text);
            }
            return new NodeUri(unattended(text, uri), false, Optional.of(ssh(uri, host)));
        }
        boolean local = host.isEmpty() && (transport.isEmpty() || transport.equals("unix"));
        return new NodeUri(text, local, Optional.empty());
    }

    /** Parses what libvirt's drivers for QEMU and for tests take; others have no KVM guests. */
    private static URI libvirtUri(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(NO_URI + text + "; " + EXAMPLES, e);
        }
        String driver = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT).split("\\+", 2)[0];
        String path = String.valueOf(uri.getPath());
        boolean known = driver.equals("qemu") ? DAEMONS.contains(path) : driver.equals("test") && path.startsWith("/");
        if (!known) {
            throw new IllegalArgumentException(NO_URI + text + "; " + EXAMPLES);
        }
        return uri;
    }

    /** The same daemon as programs on the node itself reach it. */
    String onNode() {
        URI uri = URI.create(libvirt);
        String driver = String.valueOf(uri.getScheme()).split("\\+", 2)[0];
        String kept = uri.getRawQuery() == null
                ? ""
                : Arrays.stream(uri.getRawQuery().split("[&;]"))
                        .filter(pair -> KEPT_ON_NODE.contains(name(pair)))
                        .collect(Collectors.joining("&"));
        return driver + "://" + uri.getRawPath() + (kept.isEmpty() ? "" : "?" + kept);
    }

    /** The same daemon, reached with another program in place of {@code ssh}. */
    String libvirtWith(String program) {
        int mark = libvirt.indexOf('?');
        String others = Arrays.stream(libvirt.substring(mark + 1).split("[&;]"))
                .filter(pair -> !name(pair).equals("command"))
                .collect(Collectors.joining("&"));
        String encoded = URLEncoder.encode(program, StandardCharsets.UTF_8).replace("+", "%20");
        return libvirt.substring(0, mark + 1) + others + "&command=" + encoded;
    }

    private static Ssh ssh(URI uri, String host) {
        Map<String, String> parameters = parameters(uri.getRawQuery());
        return new Ssh(
                host,
                Optional.ofNullable(uri.getUserInfo()),
                uri.getPort() < 0 ? OptionalInt.empty() : OptionalInt.of(uri.getPort()),
                value(parameters, "command"),
                value(parameters, "keyfile"),
                HostKeys.of(parameters));
    }

    /** What becomes an argument of a command must not look like an option. */
    private static void plain(String what, String value) {
        if (value.isEmpty() || value.startsWith("-") || value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new IllegalArgumentException("not usable as " + what + ": " + value);
        }
    }

    private static String host(URI uri) {
        String host = uri.getHost();
        if (host == null) {
            String authority = uri.getRawAuthority();
            if (authority != null && !authority.isEmpty()) {
                throw new IllegalArgumentException("not a host name: " + authority);
            }
            return "";
        }
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** libvirt's own ssh must not ask for a password either: nobody is there to answer. */
    private static String unattended(String text, URI uri) {
        String query = uri.getRawQuery();
        if (query == null) {
            return text + "?no_tty=1";
        }
        return parameters(query).containsKey("no_tty") ? text : text + "&no_tty=1";
    }

    private static Optional<String> value(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
    }

    /** Read as libvirt reads them: names in any case, the last of several, and a plus sign is a plus sign. */
    private static Map<String, String> parameters(@Nullable String query) {
        if (query == null || query.isEmpty()) {
            return Map.of();
        }
        return Arrays.stream(query.split("[&;]"))
                .collect(Collectors.toMap(
                        NodeUri::name,
                        pair -> URLDecoder.decode(
                                pair.substring(pair.indexOf('=') < 0 ? pair.length() : pair.indexOf('=') + 1)
                                        .replace("+", "%2B"),
                                StandardCharsets.UTF_8),
                        (first, second) -> second));
    }

    private static String name(String pair) {
        return pair.split("=", 2)[0].toLowerCase(Locale.ROOT);
    }
}
