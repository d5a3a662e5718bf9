package dev.vmsnap.core.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.core.internal.run.NodeQueries.Answers;
import dev.vmsnap.core.internal.run.NodeQueries.Patience;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryHypervisor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class NodeQueriesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(1);

    private final Datacenter datacenter = new Datacenter();
    private final ScriptedThreads threads = new ScriptedThreads();
    private final InMemoryHypervisor a = datacenter.node("a");
    private final InMemoryHypervisor b = datacenter.node("b");
    private final InMemoryHypervisor c = datacenter.node("c");
    private final Wiring wiring = wiring();
    private final NodeQueries queries = new NodeQueries(wiring);

    @Test
    void allNodesAnswerInTheOrderOfTheWiring() {
        Answers<String> answers = ask("b");

        assertThat(answers.given().keySet()).containsExactly("a", "b", "c");
        assertThat(answers.silent()).isEmpty();
        assertThat(threads.waited()).isZero();
    }

    @Test
    void aNodeThatIsNotNeededDelaysByTheDeadlineOnce() {
        threads.hold(1);

        Answers<String> first = ask("a");
        Answers<String> second = ask("a");

        assertThat(first.given().keySet()).containsExactly("a", "c");
        assertThat(first.silent())
                .containsExactly(new SilentNode("b", Reason.TIMEOUT, "no answer within 1 s"))
                .isEqualTo(second.silent());
        assertThat(threads.waited()).isEqualTo(DEADLINE);
        assertThat(threads.hanging()).isOne();
    }

    @Test
    void aCallThatBeganAfterTheWaitForItIsNotWaitedForAgain() {
        threads.tick();
        threads.hold(1);

        ask("a");
        ask("a");

        assertThat(threads.waited()).isLessThan(DEADLINE.multipliedBy(2));
        assertThat(threads.hanging()).isOne();
    }

    @Test
    void aNodeThatAnswersLateIsAskedAgain() {
        threads.hold(1);
        ask("a");

        threads.release();

        assertThat(ask("a").given().keySet()).containsExactly("a", "b", "c");
    }

    @Test
    void aNodeThatIsNeededIsAskedByTheCaller() {
        threads.holdAll();

        assertThat(ask("a").given().keySet()).containsExactly("a");
    }

    @Test
    void withoutAnAnswerThatSettlesTheOthersHaveTheTimeOfTheirDrivers() {
        threads.hold(1);

        Answers<String> answers =
                queries.ask(List.of("a"), Patience.OF_THE_DRIVER, HypervisorDriver::version, version -> false);

        assertThat(answers.silent()).extracting(SilentNode::name).containsExactly("b");
        assertThat(threads.waited()).isGreaterThan(Duration.ofSeconds(30));
    }

    @Test
    void theCauseOfAFailureIsKept() {
        b.disconnect();
        c.disconnect(Reason.DENIED);

        assertThat(ask("a").silent())
                .containsExactlyInAnyOrder(
                        new SilentNode("b", Reason.UNREACHABLE, "b does not answer"),
                        new SilentNode("c", Reason.DENIED, "c cannot be reached"))
                .containsExactlyInAnyOrderElementsOf(ask("a").silent());
    }

    @Test
    void aSilentNodeThatIsNotNeededIsNotAskedAgain() {
        b.disconnect();
        ask("a");
        datacenter.faults().forgetCalls();

        ask("a");

        assertThat(datacenter.faults().calls()).hasSize(2);
        assertThat(threads.waited()).isZero();
    }

    @Test
    void aSilentNodeIsProbedEverMoreRarelyUntilItAnswers() {
        b.disconnect();
        ask("a");

        assertThat(threads.delays()).containsExactly(Duration.ofSeconds(1));
        for (int seconds : List.of(2, 4, 8, 16, 30, 30)) {
            threads.runNext();
            assertThat(threads.delays()).containsExactly(Duration.ofSeconds(seconds));
        }
        b.reconnect();
        threads.runNext();

        assertThat(threads.delays()).isEmpty();
        assertThat(ask("a").silent()).isEmpty();
    }

    @Test
    void aFailureOfOneCallAloneDoesNotMakeANodeSilent() {
        datacenter.faults().failOn(Point.HYPERVISOR_VMS).onCall(1).with(Reason.BROKEN);

        Answers<Integer> failed = queries.ask(
                List.of("a"), Patience.OF_THE_DRIVER, node -> node.vms().size(), vms -> true);

        assertThat(failed.silent()).extracting(SilentNode::name).containsExactly("b");
        assertThat(threads.delays()).isEmpty();
        assertThat(ask("a").silent()).isEmpty();
    }

    @Test
    void aSilentNodeThatIsNeededIsProbedBeforeItIsAsked() {
        b.disconnect();
        ask("a");
        b.reconnect();

        assertThat(ask("b").given().keySet()).containsExactly("a", "b", "c");
        assertThat(threads.delays()).isEmpty();
    }

    @Test
    void whoeverNeedsASilentNodeGivesItsProbeTimeToConnect() {
        b.disconnect();
        ask("a");
        threads.holdAll();

        Answers<String> first =
                queries.ask(List.of("a", "b"), Patience.OF_THE_DRIVER, HypervisorDriver::version, version -> true);
        int hanging = threads.hanging();
        Duration waited = threads.waited();
        Answers<String> second =
                queries.ask(List.of("a", "b"), Patience.OF_THE_DRIVER, HypervisorDriver::version, version -> true);

        assertThat(first.silent()).extracting(SilentNode::name).containsExactlyInAnyOrder("b", "c");
        assertThat(second.silent()).extracting(SilentNode::name).containsExactlyInAnyOrder("b", "c");
        assertThat(waited).isEqualTo(DEADLINE.multipliedBy(5));
        assertThat(threads.waited()).isEqualTo(DEADLINE.multipliedBy(5 + 1));
        assertThat(threads.hanging()).isEqualTo(hanging);
    }

    @Test
    void aVmThatNobodyHasIsSoughtOnSilentNodesToo() {
        b.disconnect();
        ask("a");
        b.reconnect();

        Answers<String> answers =
                queries.ask(List.of(), Patience.OF_THE_DRIVER, HypervisorDriver::version, version -> false);

        assertThat(answers.given().keySet()).containsExactly("a", "b", "c");
    }

    @Test
    void aListWaitsForTheFirstSignOfLifeOnly() {
        threads.hold(2);

        assertThat(queries.askEach(HypervisorDriver::vms).silent())
                .extracting(SilentNode::name)
                .containsExactly("b");
        assertThat(queries.askEach(HypervisorDriver::vms).silent())
                .extracting(SilentNode::name)
                .containsExactly("b");

        assertThat(threads.waited()).isEqualTo(DEADLINE.multipliedBy(5));
    }

    @Test
    void whatOnlyReportsDoesNotWaitForTheDriverOfTheNodeItNeeds() {
        threads.hold(3);

        Answers<String> answers =
                queries.ask(List.of("b"), Patience.FOR_A_SIGN_OF_LIFE, HypervisorDriver::version, version -> true);

        assertThat(answers.silent()).extracting(SilentNode::name).containsExactly("b");
        assertThat(threads.waited()).isEqualTo(DEADLINE.multipliedBy(5));
    }

    @Test
    void workOnManyVmsWaitsForTheirSilentNodeAFewTimesOnly() {
        b.disconnect();
        ask("a");
        threads.holdAll();

        for (int vm = 0; vm < 100; vm++) {
            assertThatThrownBy(() -> queries.requireAnswer("b"))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("b does not answer");
        }
        assertThat(threads.waited()).isEqualTo(DEADLINE.multipliedBy(5 + 4));
        assertThat(threads.hanging()).isOne();
        threads.release();
        b.reconnect();
        assertThatCode(() -> queries.requireAnswer("b")).doesNotThrowAnyException();
    }

    @Test
    void aHangingNodeCollectsFewThreads() {
        threads.holdAll();
        NodeLane lane = new NodeLane(threads);
        NodeStatus status = new NodeStatus("b", b, threads, DEADLINE);
        BlockingQueue<NodeQuery<String>> ended = new LinkedBlockingQueue<>();

        for (int i = 0; i < 50; i++) {
            lane.submit(new NodeQuery<>(status, HypervisorDriver::version, false, ended));
        }

        assertThat(threads.hanging()).isEqualTo(4);
        threads.release();
        assertThat(ended).hasSize(50);
    }

    @Test
    void whatADriverThrowsBesidesFailuresReachesTheCaller() {
        assertThatThrownBy(() -> queries.ask(
                        List.of("a"),
                        Patience.OF_THE_DRIVER,
                        node -> {
                            if (node == b) {
                                throw new IllegalStateException("a bug of the driver");
                            }
                            return node.version();
                        },
                        version -> true))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingEndsTheProbes() {
        b.disconnect();
        ask("a");

        queries.close();

        assertThat(threads.delays()).isEmpty();
    }

    @Test
    void aNewConnectionBeginsWithoutAPastAndTheProbesOfTheOldOneEnd() {
        b.disconnect();
        c.disconnect();
        ask("a");
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>(wiring.nodes());
        nodes.put("b", datacenter.node("b").connection());

        NodeQueries next = queries.rewired(wiring.withNodes(nodes));

        assertThat(threads.delays()).as("probes").hasSize(1);
        datacenter.faults().forgetCalls();
        assertThat(ask(next, "a").given().keySet()).containsExactly("a", "b");
        assertThat(ask(next, "a").silent()).extracting(SilentNode::name).containsExactly("c");
    }

    @Test
    void ofANodeThatWasRemovedNothingIsKnown() {
        b.disconnect();
        ask("a");
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>(wiring.nodes());
        nodes.remove("b");

        NodeQueries next = queries.rewired(wiring.withNodes(nodes));

        assertThat(threads.delays()).as("probes").isEmpty();
        assertThat(ask(next, "a").given().keySet()).containsExactly("a", "c");
        assertThat(ask(next, "a").silent()).isEmpty();
    }

    private Answers<String> ask(String needed) {
        return ask(queries, needed);
    }

    private static Answers<String> ask(NodeQueries queries, String needed) {
        return queries.ask(List.of(needed), Patience.OF_THE_DRIVER, HypervisorDriver::version, version -> true);
    }

    private Wiring wiring() {
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>();
        nodes.put("a", a);
        nodes.put("b", b);
        nodes.put("c", c);
        return new Wiring(
                nodes,
                Map.of("in-image", datacenter.inImage()),
                datacenter.store(),
                Runnable::run,
                false,
                threads,
                datacenter.clock(),
                () -> SnapshotId.of("s1"),
                () -> "o1",
                event -> {},
                SnapshotSettings.DEFAULT,
                OptionalLong.empty(),
                0.8,
                new Wiring.Limits(Duration.ZERO, Duration.ofMinutes(1), DEADLINE, DEADLINE, DEADLINE));
    }
}
