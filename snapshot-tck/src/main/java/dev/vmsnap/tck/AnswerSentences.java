package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.HypervisorDriver.Relocation;
import dev.vmsnap.spi.ImageInfo;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tests claims that a hypervisor driver must prove: a VM is absent, a snapshot is gone, a start is possible. */
abstract class AnswerSentences extends FenceSentences {

    @Test
    @DisplayName("find: is empty only if the node answered; one that does not answer is UNREACHABLE or TIMEOUT")
    final void findIsEmptyOnlyIfTheNodeAnswered() {
        HypervisorDriver away = lab().unreachable()
                .orElseGet(() -> Assumptions.abort("the lab does not claim a node that does not answer"));
        VmId vm = lab().newVm();

        for (int i = 0; i < REPEATS; i++) {
            assertThat(assertFails(() -> away.find(vm)).reason()).isIn(Reason.UNREACHABLE, Reason.TIMEOUT);
        }
        assertThat(assertFails(away::vms).reason()).isIn(Reason.UNREACHABLE, Reason.TIMEOUT);
    }

    @Test
    @DisplayName("find: a library or program that is missing is TOOL_MISSING, and named")
    final void aLibraryThatIsMissingIsNamed() {
        HypervisorLab.Lacking lacking = lab().withoutTool()
                .orElseGet(() -> Assumptions.abort("the lab does not claim a node that lacks a tool"));
        VmId vm = lab().newVm();

        HypervisorDriver driver = lacking.driver();
        for (Runnable verb : List.<Runnable>of(() -> driver.find(vm), driver::vms, () -> driver.stop(vm))) {
            DriverException failure = assertFails(verb::run);
            assertThat(failure.reason()).isEqualTo(Reason.TOOL_MISSING);
            assertThat(failure).hasMessageContaining(lacking.tool());
        }
    }

    @Test
    @DisplayName("in-image snapshots: a delete that failed is success only if the images on storage hold it no more")
    final void aDeleteThatFailedIsSuccessOnlyIfTheImagesHoldItNoMore() {
        InImageSnapshots snapshots = in(InImageSnapshots.class);
        VmId vm = runningVm();
        snapshots.cut(vm, volumes(vm), FIRST, call(vm));
        Runnable end = lab().makeDeletesFail(vm)
                .orElseGet(() -> Assumptions.abort("the lab does not claim to make deletions fail"));
        try {
            for (int i = 0; i < REPEATS; i++) {
                if (succeeds(() -> snapshots.delete(vm, volumes(vm), FIRST, call(vm)))) {
                    assertGoneFromStorage(vm);
                }
            }
        } finally {
            end.run();
        }
        assertPower(vm, PowerState.RUNNING);

        if (succeeds(() -> snapshots.delete(vm, volumes(vm), FIRST, call(vm)))) {
            assertGoneFromStorage(vm);
        }
    }

    @Test
    @DisplayName("obstacles: a VM that can start has none on its own node")
    final void aVmThatCanStartHasNoObstacles() {
        Relocation relocation = in(Relocation.class);
        VmId off = lab().newVm();
        VmId running = runningVm();

        for (VmId vm : List.of(off, running)) {
            assertThat(relocation.obstacles(driver().configuration(vm), "")).isEmpty();
            assertThat(relocation.obstacles(driver().configuration(vm), driver().version()))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("obstacles: a file that a start needs and that is gone is named")
    final void aFileThatIsGoneIsNamed() {
        Relocation relocation = in(Relocation.class);
        VmId vm = lab().newVm();
        String file = lab().removeNeededFile(vm)
                .orElseGet(() -> Assumptions.abort("the lab does not claim to remove a file that a start needs"));

        assertThat(relocation.obstacles(driver().configuration(vm), ""))
                .as("obstacles")
                .anyMatch(obstacle -> obstacle.contains(file));
    }

    private static boolean succeeds(Runnable verb) {
        try {
            verb.run();
            return true;
        } catch (DriverException failed) {
            assertThat(failed.reason()).as("why the delete failed").isNotEqualTo(Reason.MISSING);
            return false;
        }
    }

    private void assertGoneFromStorage(VmId vm) {
        assertThat(lab().snapshotsOnStorage(vm))
                .as("what the images hold on storage")
                .doesNotContain(ImageInfo.tag(FIRST));
    }
}
