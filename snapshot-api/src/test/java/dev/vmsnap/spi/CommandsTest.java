package dev.vmsnap.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.Commands.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A command that ended because the node lacks a program names that program. */
final class CommandsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    sh: 1: qemu-img: not found                                        | qemu-img
                    bash: line 1: qemu-img: command not found                         | qemu-img
                    stat: not found                                                   | stat
                    sh: /usr/sbin/lvs: not found                                      | /usr/sbin/lvs
                    timeout: failed to run command 'qemu-img': No such file or directory | qemu-img
                    timeout: failed to run command ‘qemu-img’: No such file or directory | qemu-img
                    env: 'lvs': No such file or directory                             | lvs
                    setpriv: failed to execute qemu-io: No such file or directory     | qemu-io
                    """)
    void namesTheProgramThatAShellOrAWrapperDidNotFind(String errors, String program) {
        assertThat(ended(127, errors).missingProgram("sh")).contains(program);
        assertThat(ended(127, "a warning\n" + errors + "\n").missingProgram("sh"))
                .contains(program);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no reason", "image: not found in the list of images"})
    void namesTheCommandItselfIfStandardErrorNamesNoProgram(String errors) {
        assertThat(ended(127, errors).missingProgram("virsh")).contains("virsh");
    }

    @Test
    void namesNothingAfterAnotherExitCode() {
        assertThat(ended(1, "sh: 1: stat: not found").missingProgram("sh")).isEmpty();
        assertThat(ended(0, "").missingProgram("sh")).isEmpty();
    }

    private static Result ended(int exitCode, String errors) {
        return new Result(exitCode, "", errors);
    }
}
