package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Intent;
import dev.vmsnap.Intent.RestoreOptions;
import dev.vmsnap.PowerState;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests that {@code check} allows a verb exactly if that verb succeeds, for a second disk of each kind of image
 * while the VM is off, running and paused.
 */
@Tag("nightly")
final class CheckHoldsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    /** The second disk of the guest. */
    private enum Kind {
        PLAIN("-f", "qcow2"),
        SMALL_CLUSTERS("-f", "qcow2", "-o", "cluster_size=512"),
        EXTENDED("-f", "qcow2", "-o", "extended_l2=on,cluster_size=128k,lazy_refcounts=on"),
        OLD("-f", "qcow2", "-o", "compat=0.10"),
        ONE_BIT("-f", "qcow2", "-o", "refcount_bits=1"),
        TWO_BITS("-f", "qcow2", "-o", "refcount_bits=2"),
        RAW("-f", "raw"),
        RAW_LEFT_OUT("-f", "raw"),
        LEFT_OUT("-f", "qcow2"),
        LINKED("-f", "qcow2"),
        LINKED_COPYING("-f", "qcow2"),
        DATA_FILE("-f", "qcow2");

        private final List<String> options;

        Kind(String... options) {
            this.options = List.of(options);
        }

        String make(Path directory) {
            Path image = directory.resolve(name().toLowerCase(Locale.ROOT));
            List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q"));
            command.addAll(options);
            if (this == LINKED || this == LINKED_COPYING) {
                Path base = directory.resolve("base");
                Shell.run("qemu-img", "create", "-q", "-f", "qcow2", base.toString(), "16M");
                command.addAll(List.of("-F", "qcow2", "-b", base.toString()));
            }
            if (this == DATA_FILE) {
                command.addAll(List.of("-o", "data_file=" + directory.resolve("data") + ",data_file_raw=on"));
            }
            command.addAll(List.of(image.toString(), "16M"));
            Shell.run(command.toArray(String[]::new));
            boolean raw = options.contains("raw");
            return "<disk type='file' device='disk'" + (name().endsWith("LEFT_OUT") ? " snapshot='no'" : "") + ">"
                    + "<driver name='qemu' type='" + (raw ? "raw" : "qcow2") + "'"
                    + (this == LINKED_COPYING ? " copy_on_read='on'" : "") + "/><source file='" + image
                    + "'/><target dev='vdx' bus='virtio'/></disk>";
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatIsAllowedSucceedsAndWhatIsRefusedChangesNothing(Kind kind) {
        TickerGuest guest =
                TickerGuest.in(lab.directory(), lab.newName(), 1).withMoreDevices(kind.make(lab.directory()));
        Host host = Host.of(lab, guest);
        host.snapshots().configure(host.vm(), SettingsChoice.open().limit(9).allowRam(true), ADMIN);

        holds(host, kind, false);
        host.boot();
        holds(host, kind, false);
        holds(host, kind, true);
        lab.virsh("suspend", guest.name());
        holds(host, kind, false);
        holds(host, kind, true);
        assertThat(host.power()).isIn(PowerState.PAUSED, PowerState.RUNNING);
    }

    private static void holds(Host host, Kind kind, boolean ram) {
        SnapshotSpec spec = ram ? SnapshotSpec.named("with RAM").withRam() : SnapshotSpec.named("of disks");
        int before = host.tree().size();
        List<Snapshot> made = new ArrayList<>();
        agrees(
                host.snapshots().check(host.vm(), new Intent.Create(spec), ADMIN),
                () -> made.add(host.snapshots().create(host.vm(), spec, ADMIN).await()));
        assertThat(host.tree().size()).isEqualTo(before + made.size());
        if (kind == Kind.PLAIN) {
            assertThat(made).as("snapshots of a plain image, RAM %s", ram).hasSize(1);
        }
        for (Snapshot snapshot : made) {
            RestoreOptions options = RestoreOptions.ORDINARY;
            agrees(
                    host.snapshots().check(host.vm(), new Intent.Restore(snapshot.id(), options), ADMIN),
                    () -> host.snapshots()
                            .restore(host.vm(), snapshot.id(), options, ADMIN)
                            .await());
            agrees(
                    host.snapshots().check(host.vm(), new Intent.Delete(Set.of(snapshot.id()), false), ADMIN),
                    () -> host.snapshots()
                            .delete(host.vm(), snapshot.id(), ADMIN)
                            .await());
        }
        assertThat(host.tree().size()).isEqualTo(before);
        assertThat(host.snapshots().doctor(host.vm())).isEmpty();
    }

    private static void agrees(Verdict verdict, ThrowingCallable verb) {
        if (!verdict.allowed()) {
            assertThatThrownBy(verb).isInstanceOf(RefusedException.class);
            return;
        }
        try {
            verb.call();
        } catch (Throwable failure) {
            throw new AssertionError("check allowed it, but it failed", failure);
        }
    }
}
