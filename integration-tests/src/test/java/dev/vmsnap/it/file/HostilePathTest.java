package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.storage.file.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostilePathTest {
    private static final SnapshotId ID = SnapshotId.of("first");

    private final ToolNode node = new ToolNode();
    private final FileStorage storage = new FileStorage();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b=c",
                "-x",
                "--help",
                "json:{}",
                "json:{\"driver\":\"nbd\"}",
                "nbd:localhost:10809",
                "file:other",
                "with spaces",
                "quotes \" ' `",
                "$(touch owned);&|<>",
                "back\\slash",
                "new\nline",
                "tab\tand\u0001bell",
                "%s%n",
                "No space left on device"
            })
    void everyNameIsAFileAndNothingElse(String name) throws IOException {
        Path odd = Files.createDirectory(directory.resolve(name));
        Path image = Tools.image(odd, name, "64M");

        takeThroughOneLife(ToolNode.volume("vda", image));

        assertThat(Files.list(directory)).containsExactly(odd);
        assertThat(Files.list(odd)).containsExactly(image);
        Tools.assertClean(image);
    }

    // The file is named by bytes, because the locale of the test may know no such characters.
    @ParameterizedTest
    @CsvSource({"é, \\303\\251", "日本, \\346\\227\\245\\346\\234\\254", "😀, \\360\\237\\230\\200"})
    void namesOutsideAsciiWorkInAnyLocale(String name, String bytes) {
        Path plain = Tools.image(directory, "plain", "64M");
        Tools.run("sh", "-c", "mv \"$1\" \"$2/$(printf \"$3\")\"", "sh", plain.toString(), directory.toString(), bytes);

        takeThroughOneLife(ToolNode.volume("vda", directory + "/" + name));
    }

    private void takeThroughOneLife(Volume volume) {
        List<Volume> volumes = List.of(volume);
        storage.cut(volumes, ID, node);
        assertThat(storage.inspect(volumes, node).get(0).asSeen().orElseThrow().snapshots())
                .containsOnlyKeys(ID);
        assertThat(storage.inspect(volumes, node).get(0).asSeen().orElseThrow().objections())
                .isEmpty();
        storage.restore(volumes, ID, node);
        storage.delete(volumes, ID, node);
        storage.reclaim(volumes, node);
        assertThat(storage.inspect(volumes, node).get(0).asSeen().orElseThrow().snapshots())
                .isEmpty();
    }
}
