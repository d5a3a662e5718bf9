package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageNodeTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/guests/plain.qcow2",
                "/guests/a,b=c",
                "/-x",
                "/json:{}",
                "/nbd:localhost:10809",
                "/with space/and \"quotes\"/and \\ back",
                "/new\nline/tab\tand\u0001control",
                "/é/日本語/\ud83d\ude00"
            })
    void noPathIsAnOptionOrAProtocol(String path) {
        String argument = new ImageNode(path).qcow2();

        JsonObject node =
                JsonParser.parseString(argument.substring("json:".length())).getAsJsonObject();
        assertThat(argument)
                .startsWith("json:{\"driver\":\"qcow2\"")
                .isPrintable()
                .isASCII();
        assertThat(node.get("backing").isJsonNull()).isTrue();
        assertThat(node.getAsJsonObject("file").get("driver").getAsString()).isEqualTo("file");
        assertThat(node.getAsJsonObject("file").get("filename").getAsString()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative.qcow2", "-x", "", "json:{\"driver\":\"nbd\"}", "/nul\0"})
    void whatIsNoAbsolutePathIsRefused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ImageNode(path));
    }

    @Test
    void theBytesOfTheFileAreReadAsRawAndNothingElse() {
        assertThat(new ImageNode("/a").raw())
                .isEqualTo("json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/a\","
                        + "\"discard\":\"unmap\"}}");
    }
}
