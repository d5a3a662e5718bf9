package dev.vmsnap.it;

import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.VmConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Firmware variables and the state of a TPM go with every snapshot. One guest has real UEFI firmware and counts in a
 * variable; the others boot faster and have variables that nobody but the test touches, while they are off.
 */
final class FirmwareTest {
    private static final int BYTES = 128 << 10;

    @RegisterExtension
    final Lab lab = new Lab();

    private Path variables;

    private Host host() {
        return host(lab.directory().resolve("firmware"));
    }

    private Host host(Path directory) {
        variables = directory.resolve("it's <variables> & \"more\".fd");
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        change(1);
        return Host.of(lab, TickerGuest.in(lab.directory(), lab.newName(), 2).withVariables(variables));
    }

    private static byte[] content(int seed) {
        byte[] bytes = new byte[BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void change(int seed) {
        try {
            Files.write(variables, content(seed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertVariables(int seed) throws IOException {
        assertThat(Files.readAllBytes(variables)).isEqualTo(content(seed));
        try (Stream<Path> all = Files.list(variables.getParent())) {
            assertThat(all).containsExactly(variables);
        }
    }

    private String owner() {
        return Shell.run("stat", "-c", "%u:%g %a", variables.toString());
    }

    @Test
    void aUefiGuestGetsItsVariablesAndItsTpmBackWithRamAndWithout() throws IOException {
        UefiHost host = UefiHost.of(lab, Sshd.start(lab).uriOfTheUsualSocket());
        host.boot();
        long before = host.tickNow();
        Snapshot bare = host.create("disks only");
        long atBare = host.tickNow();
        Snapshot ram = host.createWithRam("with RAM");
        long atRam = host.console().lastTick().orElseThrow();
        byte[] tpm = Files.readAllBytes(host.tpm());
        host.tickOn();

        host.restore(bare);

        assertThat(host.console().awaitBoot(PATIENCE).counters())
                .singleElement()
                .satisfies(counter -> assertThat(counter).isBetween(before, atBare));
        assertThat(Files.readAllBytes(host.tpm()))
                .as("each boot is noted there")
                .isNotEqualTo(tpm);
        // Beyond the counter of the saved RAM, so that going back to it is seen.
        host.console().awaitTickAfter(atRam + 4, PATIENCE);

        host.restore(ram);

        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(atBare, atRam + 2);
        assertThat(host.tpm()).hasBinaryContent(tpm);
        assertThat(lab.virsh("dumpxml", host.guest().name())).doesNotContain("urn:vmsnap");
        host.tickOn();
        lab.virsh("destroy", host.guest().name());
        Snapshot off = host.create("off");
        byte[] variables = host.variables();
        Files.delete(host.guest().variables());
        Shell.run("rm", "-r", host.tpm().getParent().getParent().toString());

        host.restore(off);

        assertThat(host.variables()).isEqualTo(variables);
        assertThat(host.tpm()).hasBinaryContent(tpm);
    }

    @Test
    void aVmThatIsOffGetsThemBackInAFileOfTheSameOwner() throws IOException {
        Host host = host();
        Shell.run("chown", "12345:23456", variables.toString());
        Shell.run("chmod", "640", variables.toString());
        Snapshot snapshot = host.create("off");
        change(2);

        host.restore(snapshot);

        assertVariables(1);
        assertThat(owner()).isEqualTo("12345:23456 640");
        assertThat(host.power()).isEqualTo(PowerState.OFF);
    }

    @Test
    void aPausedVmComesBackPausedAndQemuWritesThemAgain() throws IOException {
        Host host = host().boot();
        host.tickOn();
        lab.virsh("suspend", host.guest().name());
        long at = host.console().lastTick().orElseThrow();
        Snapshot ram = host.createWithRam("paused");
        lab.virsh("destroy", host.guest().name());
        change(2);

        host.restore(ram);

        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        assertVariables(1);
        change(2);
        lab.virsh("resume", host.guest().name());
        assertThat(host.console().awaitTickAfter(at, PATIENCE)).isBetween(at, at + 2);
        assertVariables(1);
    }

    @Test
    void ramBesideTheDisksBringsThemBackToo() throws IOException {
        host();
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab).withVariables(variables));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.tickOn();
        guest.kvm().hold(guest.vm());
        long at = guest.console().lastTick().orElseThrow();
        guest.kvm().save(guest.vm(), target, guest.call());
        List<Path> disks = guest.copyDisks();
        guest.kvm().release(guest.vm());
        guest.tickOn();
        guest.kvm().stop(guest.vm());
        guest.bringDisksBack(disks);
        change(2);

        guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call());

        assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(at, at + 2);
        assertVariables(1);
    }

    @Test
    void whatWasNotThereYetIsGoneAgain() throws IOException {
        Host host = host();
        Files.delete(variables);
        Snapshot snapshot = host.create("never started");
        change(2);

        host.restore(snapshot);

        assertThat(variables).doesNotExist();
    }

    @Test
    void aCaptureThatFailsLeavesTheGuestRunningAndNothingBehind() throws IOException {
        Host host = host().boot();
        host.tickOn();
        Path elsewhere = variables.resolveSibling("elsewhere");
        Files.move(variables, elsewhere);

        for (boolean ram : List.of(false, true)) {
            assertThatThrownBy(() -> {
                        if (ram) {
                            host.createWithRam("x");
                        } else {
                            host.create("x");
                        }
                    })
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));

            assertThat(host.power()).isEqualTo(PowerState.RUNNING);
            host.tickOn();
            assertThat(host.tree().isEmpty()).isTrue();
            host.guest().disks().forEach(disk -> assertThat(host.inImage(disk)).isEmpty());
        }
        Files.move(elsewhere, variables);
        host.create("now it works");
    }

    @Test
    void aRestoreThatCannotWriteThemIsFinishedWhenItCan() throws IOException {
        Path small = lab.smallMemoryFileSystem(1);
        Host host = host(small.resolve("firmware")).boot();
        host.tickOn();
        Snapshot snapshot = host.create("kept");
        long at = host.tickNow();
        host.powerOff();
        change(2);
        Path filler = small.resolve("filler");
        Shell.attempt("dd", "if=/dev/zero", "of=" + filler, "bs=4k");
        host.boot().tickOn();

        assertThatThrownBy(() -> host.restore(snapshot))
                .isInstanceOf(RepairNeededException.class)
                .hasMessageContaining("No space left");

        assertThat(host.power()).isEqualTo(PowerState.OFF);
        assertVariables(2);
        Files.delete(filler);
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.console().awaitBoot(PATIENCE).counters())
                .allSatisfy(counter -> assertThat(counter).isLessThanOrEqualTo(at));
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertVariables(1);
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aVmThatWasStartedForItsRamByAProcessThatDiedGetsItInTheEnd() throws IOException {
        Host host = host().boot();
        long before = host.tickOn();
        Snapshot ram = host.createWithRam("with RAM");
        long at = host.console().lastTick().orElseThrow();
        String live = lab.virsh("dumpxml", host.guest().name(), "--migratable", "--security-info");
        host.tickOn();
        host.powerOff();
        change(2);
        host.boot().tickOn();
        ChildHost.start(
                        "node-1",
                        lab.uri(),
                        "",
                        Host.store(lab),
                        host.vm(),
                        "restore:" + ram.id(),
                        Death.atMark(DONE_WITH_RAM))
                .awaitDeath();
        // As it is in the middle of that step.
        host.powerOff();
        Path marked = Files.writeString(
                lab.directory().resolve("marked.xml"),
                live.replace("</domain>", "<metadata><x:ram xmlns:x='urn:vmsnap:loading'/></metadata></domain>"));
        lab.virsh("create", marked.toString(), "--paused");

        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(before, at + 3);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertVariables(1);
        assertThat(host.tree().current()).contains(ram.id());
    }

    private static final int DONE_WITH_RAM = 8;
}
