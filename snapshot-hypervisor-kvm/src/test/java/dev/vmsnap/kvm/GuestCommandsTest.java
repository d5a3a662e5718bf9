package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script that gives rights up, with a node whose user is told by a program of the test's. */
final class GuestCommandsTest {
    private static final Commands.Command ECHO = Commands.Command.of("echo", "it's $(done)", "--reuid");

    /** A node whose user has a number, and whose setpriv says what it was asked for. */
    private static Commands node(String user) {
        return command -> {
            List<String> words = new ArrayList<>(command.arguments());
            words.set(
                    2,
                    "id() { case \"$*\" in -u) echo " + user
                            + " ;; '-G -- 107') echo 107 36 ;; *) command id \"$@\" ;; esac; }\n"
                            + words.get(2).replace("exec setpriv", "exec echo setpriv"));
            return new LocalCommands().run(Commands.Command.of(words.toArray(String[]::new)));
        };
    }

    private static String run(String user, String account) {
        return new GuestCommands(node(user), account).run(ECHO).output().strip();
    }

    @Test
    void rootTakesTheVmsUserAndGroupsAndNoCapability() {
        assertThat(run("0", "+107:+108"))
                .isEqualTo("setpriv --reuid 107 --regid 108 --inh-caps=-all --no-new-privs --groups 107,36 --"
                        + " echo it's $(done) --reuid");
        assertThat(run("0", "+4294960000:+108")).contains("--clear-groups -- echo");
    }

    @Test
    void theVmsOwnUserNeedsNothing() {
        assertThat(run("107", "+107:+108")).isEqualTo("it's $(done) --reuid");
        assertThat(run("0", "root:root")).isEqualTo("it's $(done) --reuid");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+107:+108", "no-such-user:root", "root:no-such-group", "", ":", "+:+", "+1 2:+3", "+-1:+1"})
    void anyOtherUserRunsNothing(String account) {
        assertThatThrownBy(() -> run("1000", account))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
    }
}
