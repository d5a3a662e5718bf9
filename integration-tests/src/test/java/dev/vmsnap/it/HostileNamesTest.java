package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names and comments are people's texts: they are kept to the letter and reach nothing but the store and the manifest. */
final class HostileNamesTest {
    private static final List<String> NAMES = List.of(
            "with spaces",
            "q\"uo'te`s",
            "$(touch /tmp/owned)",
            "; rm -rf /",
            "--help",
            "-d",
            "../../x",
            "]]><snapshot/>",
            "&xxe;<!DOCTYPE x [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>",
            "\uD83D\uDC27 4-byte",
            "1");

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void namesAreKeptToTheLetterAndNeverReachStorage() {
        Host host = Host.ofDisks(lab, 2).boot();
        for (String name : NAMES) {
            Snapshot snapshot = host.snapshots()
                    .create(
                            host.vm(),
                            SnapshotSpec.named(name)
                                    .comment("comment of " + name + "\n\tsecond line")
                                    .withRam(),
                            ADMIN)
                    .await();
            assertThat(host.inImage(host.guest().disks().get(0))).contains(ImageInfo.tag(snapshot.id()));
        }
        assertThat(host.tree().snapshots()).extracting(Snapshot::name).containsExactlyElementsOf(NAMES);
        assertThat(Files.exists(Path.of("/tmp/owned"))).isFalse();
        try (JdbcStore store = JdbcStore.sqlite(Host.store(lab))) {
            assertThat(store.find(host.vm()).orElseThrow().tree()).isEqualTo(host.tree());
        }
        Snapshot third = host.tree().snapshots().get(2);
        host.restore(third);
        host.tickOn();
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.powerOff();
        host.assertImagesClean();
    }

    @Test
    void whatCannotBeKeptIsRefusedBeforeAnythingHappens() {
        Host host = Host.ofDisks(lab, 1);
        for (String name : List.of("new\nline", "n\0l", "x".repeat(10_000), "\uD800", "\u001b[31mred")) {
            assertThatThrownBy(() -> host.create(name))
                    .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                            .extracting(Refusal::code)
                            .containsExactly(Refusal.Code.TEXT_INVALID));
        }
        assertThat(host.tree().isEmpty()).isTrue();
    }

    @Test
    void twoSnapshotsMayHaveOneNameAndAnEmptyNameIsTheTime() {
        Host host = Host.ofDisks(lab, 1);
        Snapshot first = host.create("same");
        Snapshot second = host.create("same");
        Snapshot unnamed = host.create("   ");

        assertThat(first.id()).isNotEqualTo(second.id());
        assertThat(unnamed.name()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d");
        host.delete(first);
        assertThat(host.tree().snapshots()).extracting(Snapshot::id).containsExactly(second.id(), unnamed.id());
    }

    @Test
    void aHostileVmNameIsOnlyAName() {
        String name = "vm'; $(touch owned) &amp; \"x\"";
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        Host host = Host.of(lab, guest).boot();
        host.powerOff();
        lab.virsh("domrename", guest.name(), name);
        lab.cleanUp(() -> Shell.attempt("virsh", "-q", "-c", lab.uri(), "undefine", name));

        Snapshot snapshot = host.create("of a hostile VM");
        host.restore(snapshot);

        assertThat(host.snapshots().vms())
                .anySatisfy(vm -> assertThat(vm.name()).isEqualTo(name));
        assertThat(Files.exists(Path.of("/tmp/owned"))).isFalse();
    }
}
