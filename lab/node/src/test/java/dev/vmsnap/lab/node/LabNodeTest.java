package dev.vmsnap.lab.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class LabNodeTest {
    @Test
    void argumentsSurviveTheShellAtTheOtherEnd() {
        LabNode node = new LabNode("a", "qemu+ssh://a/system", "10.9.9.1", Path.of("/lab/a/ssh_config"));

        assertThat(node.program("printf", "it's", "", "$HOME;\n"))
                .containsExactly("ssh", "-F", "/lab/a/ssh_config", "a", "'printf' 'it'\\''s' '' '$HOME;\n'");
    }
}
