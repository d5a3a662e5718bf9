package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that hand layers over as open files, on this machine's own files. */
final class LayerDescriptorsTest {
    @TempDir
    private Path directory;

    private Commands.Result reading(LayerDescriptors layers) {
        List<String> tool = new ArrayList<>(List.of("cat"));
        for (int i = 0; i < layers.files().size(); i++) {
            tool.add(LayerDescriptors.path(i));
        }
        return new Shell().run(Commands.Command.of(layers.opening(tool).toArray(String[]::new)));
    }

    private String layer(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    @Test
    void aToolFindsAllOfThemOpenInTheirOrder() throws IOException {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < LayerDescriptors.MOST; i++) {
            paths.add(layer("it's \"$(a)\" -" + i, Integer.toString(i)));
        }

        assertThat(reading(LayerDescriptors.of(new Shell(), paths)).output()).isEqualTo("012345");
    }

    @Test
    void aFileThatIsReplacedInBetweenIsNotRead() throws IOException {
        String path = layer("layer", "mine");
        Path secret = Path.of(layer("secret", "secret"));
        LayerDescriptors layers = LayerDescriptors.of(new Shell(), List.of(path));
        Files.delete(Path.of(path));
        Files.createSymbolicLink(Path.of(path), secret);

        assertThat(reading(layers).output()).isEmpty();

        Files.delete(Path.of(path));
        new Shell().run(Commands.Command.of("mkfifo", path));
        assertThat(reading(layers).errors()).contains("was replaced");

        Files.move(secret, Path.of(path), StandardCopyOption.REPLACE_EXISTING);
        assertThat(reading(layers).output()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsNamed() {
        assertThatThrownBy(() -> LayerDescriptors.of(new Shell(), List.of(directory + "/none", "/dev/zero")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining("/none");
    }
}
