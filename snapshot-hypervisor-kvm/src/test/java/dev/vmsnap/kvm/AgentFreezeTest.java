package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What is asked of the agent and of the node, in which order, and what is left when something does not work. */
final class AgentFreezeTest {
    private static final VmId VM = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final List<String> done = new ArrayList<>();
    private final Map<String, Supplier<String>> troubles = new HashMap<>();
    private final AgentFreeze freeze = freezing();
    private boolean frozen;
    private boolean guard;
    private Duration lastLimit = Duration.ZERO;

    private AgentFreeze freezing() {
        return new AgentFreeze(
                new GuestAgent(this::agent), NodeGuards.thawing(this::node, "qemu:///system", ""), new OwnGuards());
    }

    private Qmp.Reply agent(VmId vm, Qmp.Command command, Duration limit) {
        assertThat(vm).isEqualTo(VM);
        assertThat(limit).isLessThanOrEqualTo(DEADLINE);
        lastLimit = limit;
        String verb = command.name().replace("guest-fsfreeze-", "");
        done.add(verb);
        if (troubles.containsKey(verb)) {
            return Qmp.Reply.parse(verb, troubles.get(verb).get());
        }
        String answer =
                switch (verb) {
                    case "status" -> frozen ? "'frozen'" : "'thawed'";
                    case "freeze" -> "2";
                    default -> frozen ? "2" : "0";
                };
        frozen = verb.equals("freeze") || (frozen && verb.equals("status"));
        return Qmp.Reply.parse(verb, "{'return': " + answer + "}");
    }

    private Result node(Command command) {
        String script = command.arguments().get(2);
        String verb = script.contains("setsid")
                ? "arm"
                : script.contains("rm -f") ? "disarm" : script.contains("mv ") ? "hasten" : "list";
        done.add(verb);
        if (troubles.containsKey(verb)) {
            return new Result(1, "", troubles.get(verb).get());
        }
        guard = (guard && !verb.equals("disarm")) || verb.equals("arm");
        return new Result(0, guard && verb.equals("list") ? "a file" : "", "");
    }

    private static String hangs() {
        throw Failures.of(Reason.TIMEOUT, "no answer");
    }

    private static String error(String description) {
        return "{'error': {'class': 'GenericError', 'desc': '" + description + "'}}";
    }

    private void assertDone(String... calls) {
        assertThat(done).containsExactly(calls);
        done.clear();
    }

    private static DriverException failsFor(Reason reason, ThrowingCallable call) {
        DriverException[] failure = new DriverException[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(DriverException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            failure[0] = e;
        });
        return failure[0];
    }

    @Test
    void nothingIsFrozenWithoutAGuardWhichEndsOnceTheGuestIsThawed() {
        freeze.freeze(VM, DEADLINE);
        assertDone("status", "arm", "freeze");

        assertThat(freeze.thaw(VM)).isTrue();
        assertDone("thaw", "disarm");

        assertThat(freeze.thaw(VM)).isFalse();
        assertDone("list");
    }

    @Test
    void anAgentThatDoesNotAnswerNeedsNoGuardAndIsNotAskedToThaw() {
        troubles.put("status", AgentFreezeTest::hangs);

        failsFor(Reason.TIMEOUT, () -> freeze.freeze(VM, DEADLINE));
        assertThat(freeze.thaw(VM)).isFalse();

        assertDone("status", "list");
    }

    @Test
    void withoutAGuardNothingIsFrozenEvenIfItHasStartedUnseen() {
        troubles.put("arm", AgentFreezeTest::hangs);
        failsFor(Reason.TIMEOUT, () -> freeze.freeze(VM, DEADLINE));
        assertDone("status", "arm", "disarm");

        troubles.put("arm", () -> "no daemon");
        troubles.put("disarm", AgentFreezeTest::hangs);
        assertThat(failsFor(Reason.BROKEN, () -> freeze.freeze(VM, DEADLINE)).getSuppressed())
                .hasSize(1);
        assertDone("status", "arm", "disarm");
    }

    @Test
    void whatSomebodyElseHasFrozenIsNotThawed() {
        frozen = true;
        failsFor(Reason.IN_USE, () -> freeze.freeze(VM, DEADLINE));
        assertThat(freeze.thaw(VM)).isFalse();
        assertDone("status", "list");

        frozen = false;
        troubles.put(
                "freeze", () -> error("Command guest-fsfreeze-freeze has been disabled: the agent is in frozen state"));
        failsFor(Reason.IN_USE, () -> freeze.freeze(VM, DEADLINE));
        assertThat(freeze.thaw(VM)).isFalse();
        assertDone("status", "arm", "freeze", "disarm", "list");
    }

    @Test
    void aFreezeThatFailsIsUndone() {
        troubles.put("freeze", () -> error("fsfreeze hook has failed with status 7"));
        failsFor(Reason.BROKEN, () -> freeze.freeze(VM, DEADLINE));
        assertDone("status", "arm", "freeze", "thaw", "disarm");

        troubles.put("freeze", () -> "{'return': 0}");
        assertThat(failsFor(Reason.BROKEN, () -> freeze.freeze(VM, DEADLINE))).hasMessageContaining("no file system");
        assertDone("status", "arm", "freeze", "thaw", "disarm");

        troubles.put("freeze", () -> "{'return': {}}");
        assertThat(failsFor(Reason.BROKEN, () -> freeze.freeze(VM, DEADLINE))).hasMessageContaining("a number");
        assertDone("status", "arm", "freeze", "thaw", "disarm");
    }

    @Test
    void whatIsLeftWhenTheAgentAnswersNoMoreIsForTheGuard() {
        troubles.put("freeze", AgentFreezeTest::hangs);
        troubles.put("thaw", AgentFreezeTest::hangs);

        assertThat(failsFor(Reason.TIMEOUT, () -> freeze.freeze(VM, DEADLINE)).getSuppressed())
                .hasSize(1);
        assertDone("status", "arm", "freeze", "thaw", "hasten");

        failsFor(Reason.TIMEOUT, () -> freeze.thaw(VM));
        assertDone("thaw", "list");
        assertThat(lastLimit).as("the node asks too").isLessThan(DEADLINE);
        guard = false;
        assertThat(freeze.thaw(VM)).isFalse();
        assertDone("thaw", "list");
        assertThat(freeze.thaw(VM)).isFalse();
        assertDone("list");
    }

    @Test
    void aFreezeThatTookTheWholeTimeIsLeftToTheGuardAtOnce() {
        troubles.put("freeze", AgentFreezeTest::hangs);

        failsFor(Reason.TIMEOUT, () -> freeze.freeze(VM, Duration.ZERO));

        assertDone("status", "arm", "freeze", "hasten");
    }

    @Test
    void anotherProcessThawsWhatHasAGuardAndTellsWhetherThatCameTooLate() {
        freeze.freeze(VM, DEADLINE);
        done.clear();

        assertThat(freezing().thaw(VM)).isTrue();
        assertDone("list", "thaw", "disarm");

        assertThat(freeze.thaw(VM)).as("not frozen until now").isFalse();
    }

    @Test
    void aGuestIsThawedEvenIfItsGuardIsNotTold() {
        freeze.freeze(VM, DEADLINE);
        troubles.put("disarm", AgentFreezeTest::hangs);

        assertThat(freeze.thaw(VM)).isTrue();
        assertThat(frozen).isFalse();
    }
}
