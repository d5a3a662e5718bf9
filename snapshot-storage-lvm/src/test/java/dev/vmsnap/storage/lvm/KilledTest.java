package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The driver's process dies before each single command, and another one is asked the same again. */
final class KilledTest {
    private static final int MORE_THAN_ANY_VERB = 40;

    static Stream<Arguments> storages() {
        return Stream.of(
                Arguments.of(Named.of("thick", (BiFunction<Bench, String, Volume>) Bench::thick)),
                Arguments.of(Named.of("thin", (BiFunction<Bench, String, Volume>) Bench::thin)));
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aRestoreThatIsAskedAgainEndsWell(BiFunction<Bench, String, Volume> kind) {
        int deaths = eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {
            assertThat(trial.bench.lvm.get("a").content).isEqualTo("a1");
            assertThat(trial.bench.lvm.get("b").content).isEqualTo("b1");
            trial.assertTidy(FIRST, SECOND);
        });

        assertThat(deaths).isGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aRestoreThatIsGivenUpByReclaimLeavesEverySnapshot(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {}, trial -> {
            trial.bench.driver.reclaim(trial.volumes, trial.bench);
            assertThat(trial.bench.lvm.get("a").content).isIn("a1", "a3");
            trial.assertTidy(FIRST, SECOND);
        });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aRestoreThatIsGivenUpByDeletingItsSnapshotLeavesTheOthers(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {}, trial -> {
            trial.bench.driver.delete(trial.volumes, FIRST, trial.bench);
            trial.bench.driver.reclaim(trial.volumes, trial.bench);
            assertThat(trial.bench.lvm.get("a").content).isIn("a1", "a3");
            trial.assertTidy(SECOND);
        });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aRestoreToAnotherSnapshotIsPossibleAtOnce(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {}, trial -> {
            trial.bench.driver.restore(trial.volumes, SECOND, trial.bench);
            assertThat(trial.bench.lvm.get("a").content).isEqualTo("a2");
            trial.assertTidy(FIRST, SECOND);
            trial.bench.driver.restore(trial.volumes, FIRST, trial.bench);
            assertThat(trial.bench.lvm.get("a").content).isEqualTo("a1");
        });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void inspectMissesNoSnapshotMeanwhile(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {}, trial -> {
            trial.bench.inspect(trial.volumes).forEach(state -> assertThat(state.snapshots())
                    .containsOnlyKeys(FIRST, SECOND)
                    .allSatisfy((id, part) -> assertThat(part.flaw()).isEmpty()));
        });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aCutThatIsAskedAgainIsWhole(BiFunction<Bench, String, Volume> kind) {
        eachDeath(
                kind, trial -> trial.bench.cut(trial.volumes, THIRD), trial -> trial.assertTidy(FIRST, SECOND, THIRD));
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aCutThatIsTakenBackLeavesNothing(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.cut(trial.volumes, THIRD), trial -> {}, trial -> {
            trial.bench.driver.delete(trial.volumes, THIRD, trial.bench);
            trial.assertTidy(FIRST, SECOND);
        });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aDeleteThatIsAskedAgainIsWhole(BiFunction<Bench, String, Volume> kind) {
        eachDeath(
                kind,
                trial -> trial.bench.driver.delete(trial.volumes, FIRST, trial.bench),
                trial -> trial.assertTidy(SECOND));
    }

    @ParameterizedTest
    @MethodSource("storages")
    void ramThatWasNotKeptIsTakenAway(BiFunction<Bench, String, Volume> kind) {
        eachDeath(
                kind,
                trial -> {
                    trial.bench.driver.reserveRam(trial.volumes, FIRST, 9 << 20, trial.bench);
                    trial.bench.driver.openRam(trial.volumes, FIRST, trial.bench);
                    trial.bench.driver.keepRam(trial.volumes, FIRST, 5 << 20, trial.bench);
                },
                trial -> {},
                trial -> {
                    long ram = trial.bench
                            .inspect(trial.volumes.get(0))
                            .snapshots()
                            .get(FIRST)
                            .ramBytes();
                    assertThat(ram).isIn(0L, 5L << 20);
                    trial.bench.driver.reclaim(trial.volumes, trial.bench);
                    assertThat(trial.bench.lvm.names().stream().anyMatch(name -> name.endsWith(".ram")))
                            .isEqualTo(ram > 0);
                    trial.bench.driver.delete(trial.volumes, FIRST, trial.bench);
                    trial.assertTidy(SECOND);
                });
    }

    @ParameterizedTest
    @MethodSource("storages")
    void aProcessThatOutlivesTheDriverIsWaitedFor(BiFunction<Bench, String, Volume> kind) {
        eachDeath(kind, trial -> trial.bench.driver.restore(trial.volumes, FIRST, trial.bench), trial -> {}, trial -> {
            trial.bench.lvm.goOnAfterDeath();
            trial.bench.driver.restore(trial.volumes, SECOND, trial.bench);
            assertThat(trial.bench.lvm.get("a").content).isEqualTo("a2");
            trial.assertTidy(FIRST, SECOND);
        });
    }

    private static final SnapshotId THIRD = SnapshotId.of("third");

    /** Two volumes with two snapshots, among volumes of others. */
    private static final class Trial {
        final Bench bench = new Bench();
        final List<Volume> volumes;
        final List<String> others;

        Trial(BiFunction<Bench, String, Volume> kind) {
            volumes = List.of(kind.apply(bench, "a"), kind.apply(bench, "b"));
            bench.lvm.get("a").tags.add("of-the-host");
            bench.lvm.get("a").readOnly = true;
            write("1");
            bench.cut(volumes, FIRST);
            write("2");
            bench.cut(volumes, SECOND);
            write("3");
            bench.lvm.linear("vmsnap.first.00000000", 1);
            bench.lvm.linear(bench.part(volumes.get(0), FIRST) + ".ol", 1);
            bench.lvm.linear("vmsnap", 1).tags.add("vmsnap=test-store/" + Bench.VM + "/1");
            bench.lvm.linear("elsewhere", 1).content = "theirs";
            others = List.of(
                    "vmsnap.first.00000000",
                    bench.part(volumes.get(0), FIRST) + ".ol",
                    "vmsnap",
                    "elsewhere",
                    "a",
                    "b");
        }

        private void write(String suffix) {
            bench.lvm.write("a", "a" + suffix, 1);
            bench.lvm.write("b", "b" + suffix, 1);
        }

        void assertTidy(SnapshotId... ids) {
            List<String> expected = new ArrayList<>(others);
            for (SnapshotId id : ids) {
                volumes.forEach(volume -> expected.add(bench.part(volume, id)));
            }
            assertThat(bench.lvm.names().stream().filter(name -> !name.equals("pool")))
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(bench.lvm.get("elsewhere").content).isEqualTo("theirs");
            assertThat(bench.lvm.get("a").tags).containsExactly("of-the-host");
            assertThat(bench.lvm.get("a").readOnly).isTrue();
            assertThat(bench.lvm.get("b").tags).isEmpty();
            assertThat(bench.lvm.get("b").readOnly).isFalse();
            assertThat(List.of(bench.lvm.get("a"), bench.lvm.get("b"))).allMatch(volume -> volume.active);
            if (List.of(ids).contains(SECOND)) {
                assertThat(bench.lvm.get(bench.part(volumes.get(0), SECOND)).content)
                        .isEqualTo("a2");
            }
            if (List.of(ids).contains(FIRST)) {
                assertThat(bench.lvm.get(bench.part(volumes.get(1), FIRST)).content)
                        .isEqualTo("b1");
            }
        }
    }

    private static int eachDeath(
            BiFunction<Bench, String, Volume> kind, Consumer<Trial> verb, Consumer<Trial> inTheEnd) {
        return eachDeath(kind, verb, inTheEnd, trial -> {
            verb.accept(trial);
            inTheEnd.accept(trial);
        });
    }

    /** Returns how often it died. */
    private static int eachDeath(
            BiFunction<Bench, String, Volume> kind,
            Consumer<Trial> verb,
            Consumer<Trial> unharmed,
            Consumer<Trial> afterDeath) {
        return (int) IntStream.rangeClosed(1, MORE_THAN_ANY_VERB)
                .filter(moment -> {
                    Trial trial = new Trial(kind);
                    trial.bench.lvm.dieBefore = moment;
                    try {
                        verb.accept(trial);
                    } catch (SimulatedLvm.Killed killed) {
                        trial.bench.restart();
                        afterDeath.accept(trial);
                        return true;
                    }
                    trial.bench.restart();
                    unharmed.accept(trial);
                    return false;
                })
                .count();
    }
}
