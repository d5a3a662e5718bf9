package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the time that the agent receives. */
final class GuestAgentTest {
    private static final VmId VM = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa0");

    @Test
    void theClockIsSetInNanosecondsWithinTheLimit() {
        List<String> asked = new ArrayList<>();
        GuestAgent agent = new GuestAgent((vm, command, limit) -> {
            asked.add(vm + " " + command.json() + " " + limit);
            return Qmp.Reply.parse(command.name(), "{'return': {}}");
        });

        agent.setClock(VM, Instant.ofEpochSecond(1_700_000_000L, 5), Duration.ofSeconds(3));

        assertThat(asked)
                .containsExactly(
                        VM + " {\"execute\":\"guest-set-time\",\"arguments\":{\"time\":1700000000000000005}} PT3S");
    }

    @Test
    void anAgentThatCannotIsAFailure() {
        GuestAgent agent = new GuestAgent((vm, command, limit) ->
                Qmp.Reply.parse(command.name(), "{'error': {'class': 'CommandNotFound', 'desc': 'not found'}}"));

        assertThatThrownBy(() -> agent.setClock(VM, Instant.EPOCH, Duration.ofSeconds(3)))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("guest-set-time");
    }
}
