package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs each verb on a VM that is paused, for each way in which a VM comes to be paused. */
@Timeout(240)
final class PausedVmsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    /** A way in which a running VM comes to be paused. */
    enum Way {
        SUSPENDED {
            @Override
            void pause(Lab lab, Host host, Path file) {
                lab.virsh("suspend", host.guest().name());
            }
        },
        STARTED_PAUSED {
            @Override
            void pause(Lab lab, Host host, Path file) {
                lab.virsh("destroy", host.guest().name());
                lab.virsh("start", host.guest().name(), "--paused");
            }
        },
        RESTORED_BY_LIBVIRT {
            @Override
            void pause(Lab lab, Host host, Path file) {
                lab.virsh("save", host.guest().name(), file.toString(), "--paused");
                lab.virsh("restore", file.toString());
            }
        },
        STARTED_FROM_A_MANAGED_SAVE {
            @Override
            void pause(Lab lab, Host host, Path file) {
                lab.virsh("managedsave", host.guest().name(), "--paused");
                lab.virsh("start", host.guest().name());
            }
        },
        RESTORED_BY_VMSNAP {
            @Override
            void pause(Lab lab, Host host, Path file) {
                lab.virsh("suspend", host.guest().name());
                Snapshot paused = host.createWithRam("paused");
                lab.virsh("resume", host.guest().name());
                host.tickOn();
                host.restore(paused);
            }
        };

        abstract void pause(Lab lab, Host host, Path file);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void everyVerbWorksAndTheGuestGoesOnWhereItStood(Way way) {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        Host host = Host.of(lab, guest).boot();
        Snapshot before = host.create("before");
        long at = host.tickOn();
        way.pause(lab, host, lab.directory().resolve("saved"));
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);

        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.Create(SnapshotSpec.named("next")), Host.ADMIN)
                        .refusals())
                .isEmpty();
        Snapshot next = host.create("next");
        assertThat(next.status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        Snapshot withRam = host.createWithRam("with RAM");
        host.delete(before);
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        lab.virsh("resume", guest.name());
        if (way == Way.STARTED_PAUSED) {
            host.console().awaitBoot(Host.PATIENCE);
        }
        assertThat(host.tickNow()).isGreaterThanOrEqualTo(way == Way.STARTED_PAUSED ? 1 : at);

        host.restore(withRam);
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        host.delete(withRam);
        host.create("again");
        host.restore(next);
        lab.virsh("resume", guest.name());
        host.snapshots().deleteAll(host.vm(), Host.ADMIN).await();

        assertThat(host.tree().snapshots()).isEmpty();
        assertThat(lab.virsh("domstate", guest.name()).strip()).isEqualTo("running");
    }
}
