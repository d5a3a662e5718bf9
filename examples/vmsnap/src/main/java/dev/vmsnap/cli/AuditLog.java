package dev.vmsnap.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes who asked for what and what became of it, a line for each event. The file is opened anew each time, so that it can
 * be taken away, and a line is appended by one write, so that several processes can share it. Thread-safe.
 */
final class AuditLog implements Consumer<SnapshotEvent> {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final Path file;

    private AuditLog(Path file) {
        this.file = file;
    }

    /** Returns who is told what happens: nobody where no file was named. */
    static Consumer<SnapshotEvent> to(Optional<Path> file) {
        return file.<Consumer<SnapshotEvent>>map(AuditLog::of).orElse(event -> {});
    }

    private static AuditLog of(Path file) {
        AuditLog log = new AuditLog(file);
        try {
            log.append("");
            return log;
        } catch (IOException e) {
            throw new UsageException("--audit: '" + file + "' cannot be written: " + e + ".");
        }
    }

    @Override
    public void accept(SnapshotEvent event) {
        if (event.phase() == SnapshotEvent.Phase.STEP) {
            return;
        }
        try {
            append(Json.harmless(GSON.toJson(document(event))) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(String text) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static JsonObject document(SnapshotEvent event) {
        JsonObject object = new JsonObject();
        object.addProperty("at", event.at().toString());
        object.add("actor", Documents.actor(event.actor()));
        object.addProperty("vm", event.vm().value());
        object.addProperty("verb", event.verb().name());
        object.addProperty("phase", event.phase().name());
        object.addProperty("operation", event.operation());
        object.add("snapshots", Documents.strings(event.snapshots().stream().map(SnapshotId::value)));
        object.addProperty("detail", event.detail());
        return object;
    }
}
