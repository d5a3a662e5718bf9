package dev.vmsnap.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads preferences from a file, a line each: {@code key = value}. A file names nodes, and the programs that lead there, so
 * one that others may write is refused.
 */
final class ConfigurationFile {
    private static final int MOST_BYTES = 1 << 16;

    private final Path file;

    ConfigurationFile(Path file) {
        this.file = file;
    }

    /**
     * A line that gives something.
     *
     * @param preference what
     * @param value its value
     * @param origin the file and the line
     */
    record Line(Preference preference, String value, String origin) {}

    /** The file that is read when none is named. */
    static Optional<Path> usual(Map<String, String> environment, String home) {
        Optional<Path> directory = GlobalOptions.absolute(environment.get("XDG_CONFIG_HOME"))
                .or(() -> GlobalOptions.absolute(home).map(path -> path.resolve(".config")));
        return directory.map(path -> path.resolve("vmsnap").resolve("vmsnap.conf"));
    }

    /** Returns its lines; empty if there is no such file. */
    Optional<List<Line>> read() {
        try {
            requireOwn();
            return Optional.of(lines(text()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e + ".");
        }
    }

    private void requireOwn() throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new UsageException(file + " is no regular file.");
        }
        if (attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
                || attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new UsageException(file + " can be written by others; run 'chmod go-w' on it.");
        }
        Object owner = Files.getAttribute(file, "unix:uid");
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!owner.equals(self) && !owner.equals(0)) {
            throw new UsageException(file + " belongs to somebody else.");
        }
    }

    private String text() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new UsageException(file + " is larger than " + Units.bytes(MOST_BYTES) + ".");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UsageException(file + " is not UTF-8.");
        }
    }

    private List<Line> lines(String text) {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String stripped = line.strip();
            if (!stripped.isEmpty() && !stripped.startsWith("#")) {
                lines.add(line(stripped, file + ":" + number, lines));
            }
        }
        return lines;
    }

    private static Line line(String text, String origin, List<Line> before) {
        int at = text.indexOf('=');
        String key = at < 0 ? text : text.substring(0, at).strip();
        String value = at < 0 ? "" : text.substring(at + 1).strip();
        Preference preference = Preference.of(key)
                .filter(Preference::lasting)
                .orElseThrow(() -> new UsageException(origin + ": \"" + key + "\" is no option that a file gives."));
        if (value.isEmpty() || value.chars().anyMatch(Character::isISOControl)) {
            throw new UsageException(origin + ": " + key + " wants a value, without control characters.");
        }
        if (preference.path() && !value.startsWith("/")) {
            throw new UsageException(origin + ": " + key + " wants an absolute path.");
        }
        before.stream()
                .filter(line -> line.preference() == preference && !preference.many())
                .findFirst()
                .ifPresent(line -> {
                    throw new UsageException(origin + ": " + key + " stands in " + line.origin() + " already.");
                });
        return new Line(preference, value, origin);
    }
}
