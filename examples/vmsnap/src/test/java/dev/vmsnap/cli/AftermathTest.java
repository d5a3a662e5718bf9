package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Finding;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.testkit.Faults.Point;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What recover and doctor say to a person. */
final class AftermathTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aRestoreThatCannotGoOnSaysWhatIsWithTheDisksAndRecoverBringsTheVmUp() {
        bench.web.rename("shop");
        bench.done("settings", "shop", "--allow-ram", "true");
        bench.done("create", "shop", "--name", "with ram", "--ram");
        bench.datacenter.faults().failOn(Point.RAM_RESTORE).with(Reason.BROKEN);
        Result failed = bench.vmsnap("restore", "shop", "with ram");

        Result open = bench.vmsnap("recover");

        assertThat(failed.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(open.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(open.out()).contains("the VM is off and its disks may be between two states");
        bench.datacenter.faults().clear();
        assertThat(bench.vmsnap("recover").code()).isZero();
        assertThat(bench.web.power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void aRestoreThatCannotGoOnIsNoCleanEndForAProgramEither() {
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.done("create", "web-1", "--name", "with ram", "--ram");
        bench.datacenter.faults().failOn(Point.RAM_RESTORE).with(Reason.BROKEN);
        bench.vmsnap("restore", "web-1", "with ram");

        Result open = bench.vmsnap("recover", "--json");

        assertThat(open.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(open.json().get("clean").getAsBoolean()).isFalse();
        assertThat(open.out()).contains("\"STILL_OPEN\"");
    }

    @Test
    void whatWasFinishedIsToldByTheNameOfTheVm() {
        bench.web.rename("shop");
        bench.create("shop", "a");
        bench.datacenter.faults().failOn(Point.IMAGES_DELETE).with(Reason.UNREACHABLE);
        bench.vmsnap("delete", "shop", "a");

        Result open = bench.vmsnap("recover");
        bench.datacenter.faults().clear();
        Result finished = bench.vmsnap("recover");

        assertThat(open.out()).contains("still open: delete of shop").contains("Run 'vmsnap recover' again");
        assertThat(finished.code()).isZero();
        assertThat(finished.out()).contains("finished: delete of shop (operation ", "\n  brought to its end\n");
    }

    @Test
    void aFindingNamesTheSnapshotAndSpeaksOfThisCommand() {
        bench.create("here");
        bench.datacenter.faults().failOn(Point.IMAGES_DELETE).with(Reason.UNREACHABLE);
        bench.vmsnap("delete", "web-1", "here");
        bench.datacenter.faults().clear();

        Result result = bench.vmsnap("doctor", "web-1");

        assertThat(result.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(result.out())
                .contains("  OPEN_OPERATION: Operation ")
                .contains("    to fix: Run 'vmsnap recover'.")
                .doesNotContain("recover()");
        assertThat(bench.vmsnap("doctor", "--json").out())
                .contains("Run 'vmsnap recover'.")
                .doesNotContain("recover()");
    }

    @Test
    void aPartThatIsMissingIsToldWithTheNameOfItsSnapshot() {
        String id = bench.create("one");
        bench.web.disk("vda").removeBehindOurBack(SnapshotId.of(id));

        assertThat(bench.vmsnap("doctor").out())
                .contains("web-1: 1 finding\n  PART_MISSING \"one\": A part of snapshot " + id);
    }

    @Test
    void storageThatIsAwayIsNamedOnceForEachDisk() {
        bench.create("one");
        bench.datacenter.inImage().away(true);

        Result doctor = bench.vmsnap("doctor");
        Result refused = bench.vmsnap("create", "web-1");

        assertThat(doctor.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(doctor.out()).contains("STORAGE_AWAY: Disk vda ", "STORAGE_AWAY: Disk vdb ");
        assertThat(refused.err().lines().filter(line -> line.contains("STORAGE_AWAY")))
                .as("one line for each disk")
                .hasSize(2);
        assertThat(bench.vmsnap("create", "web-1", "--json").error().getAsJsonArray("refusals"))
                .hasSize(2);
    }

    @Test
    void aVmThatIsGoneIsForgottenByAVerbOfThisCommand() {
        Finding gone =
                new Finding(Finding.Kind.VM_GONE, VmId.of("web-1"), "web-1", "No node has it.", "vmDeleted", Map.of());

        assertThat(Remedies.of(gone)).isEqualTo("If the VM was deleted, run 'vmsnap vm-deleted web-1'.");
    }

    @Test
    void aVolumeThatNobodyOwnsIsFixedByAnOption() {
        bench.datacenter
                .node("node-1")
                .withVm("db-1")
                .with(new Disk(
                        "vda", Device.DISK, SourceType.BLOCK, Optional.of("/dev/vg_other/lv"), Optional.of("raw")));

        assertThat(bench.vmsnap("create", "db-1").err())
                .contains("NO_STORAGE_DRIVER")
                .contains("to fix: Name the disk's volume group with --lvm or --shared-lvm");
    }
}
