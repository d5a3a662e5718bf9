package dev.vmsnap.it;

import static dev.vmsnap.it.Host.PATIENCE;
import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The database is gone, and the guest runs on: the records come back from what lies beside its disks. */
final class LostStoreTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aGuestContinuesFromRamOfASnapshotWhoseStoreWasLost() {
        Host host = Host.ofDisks(lab, 2).boot();
        host.tickOn();
        long before = host.console().lastTick().orElseThrow();
        Snapshot ram = host.createWithRam("with RAM");
        long at = host.console().lastTick().orElseThrow();
        host.tickOn();
        host.create("disks only");
        SnapshotTree tree = host.tree();
        VmSnapshots next = Host.engine(lab, JdbcStore.sqlite(lab.directory().resolve("new.db")), b -> b);
        assertThat(next.tree(host.vm()).isEmpty()).isTrue();
        assertThat(next.doctor()).extracting(Finding::kind).containsExactly(Finding.Kind.STORE_EMPTY);
        assertThat(next.check(host.vm(), new Intent.Create(SnapshotSpec.named("n")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .contains(Notice.Code.UNKNOWN_SNAPSHOTS, Notice.Code.OTHER_STORE);

        Rebuilt rebuilt = next.rebuild(host.vm(), ADMIN);

        assertThat(rebuilt.added()).hasSize(2);
        assertThat(next.tree(host.vm())).isEqualTo(tree);
        assertThat(next.doctor(host.vm())).isEmpty();
        assertThat(next.doctor()).isEmpty();
        assertThat(Shell.run("ls", records(host).toString()).lines()).hasSize(1);
        assertThat(next.rebuild(host.vm(), ADMIN).changed()).isFalse();
        next.restore(host.vm(), ram.id(), ADMIN).await();
        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(before, at + 3);
        host.tickOn();
        next.deleteAll(host.vm(), ADMIN).await();
        assertThat(records(host)).doesNotExist();
        assertThat(host.guest().disks())
                .allSatisfy(disk -> assertThat(host.inImage(disk)).isEmpty());
    }

    @Test
    void aManifestWhosePartsAreAllGoneIsCleared() {
        Host host = Host.ofDisks(lab, 1);
        Snapshot gone = host.create("gone");
        String disk = host.guest().disks().get(0).file().toString();
        Shell.run("qemu-img", "snapshot", "-d", "vmsnap-" + gone.id(), disk);
        VmSnapshots next = Host.engine(lab, JdbcStore.sqlite(lab.directory().resolve("new.db")), b -> b);
        assertThat(next.doctor(host.vm())).extracting(Finding::kind).containsExactly(Finding.Kind.NOTICE);

        next.rebuild(host.vm(), ADMIN);

        assertThat(next.tree(host.vm()).find(gone.id()).orElseThrow().reason()).hasValue(Snapshot.Reason.MISSING);
        next.deleteAll(host.vm(), ADMIN).await();
        assertThat(next.doctor(host.vm())).isEmpty();
        assertThat(next.doctor()).isEmpty();
        assertThat(records(host)).doesNotExist();
    }

    @Test
    void filesThatAreNoManifestsOfOursHarmNothingAndAreNamed() throws IOException {
        Host host = Host.ofDisks(lab, 1);
        Snapshot one = host.create("one");
        Snapshot two = host.create("two");
        SnapshotTree tree = host.tree();
        String sound = Files.readString(theOnly(records(host)));
        Path secret = Files.writeString(lab.directory().resolve("secret"), sound);
        Files.createSymbolicLink(hostile(host, "linked"), secret);
        Shell.run("mkfifo", hostile(host, "piped").toString());
        Files.createDirectory(hostile(host, "directory"));
        Files.writeString(hostile(host, "truncated"), sound.substring(0, sound.length() / 2));
        Shell.run("truncate", "-s", "1G", hostile(host, "enormous").toString());
        Files.writeString(hostile(host, "newer"), sound.replace("\"version\": 2", "\"version\": 3"));
        Files.writeString(
                hostile(host, "circular"),
                sound.replace(
                        "\"id\": \"" + one.id() + "\",",
                        "\"id\": \"" + one.id() + "\", \"parent\": \"" + two.id() + "\","));
        Files.writeString(
                hostile(host, "repeated"),
                sound.replace("\"id\": \"" + one.id() + "\"", "\"id\": \"" + two.id() + "\""));
        VmSnapshots next = Host.engine(lab, JdbcStore.sqlite(lab.directory().resolve("new.db")), b -> b);

        Rebuilt rebuilt = next.rebuild(host.vm(), ADMIN);

        assertThat(next.tree(host.vm())).isEqualTo(tree);
        assertThat(rebuilt.notices())
                .filteredOn(notice -> notice.code() == Notice.Code.COPY_REFUSED)
                .extracting(Notice::message)
                .satisfiesExactlyInAnyOrder(
                        refuses(host, "linked"),
                        refuses(host, "piped"),
                        refuses(host, "directory"),
                        refuses(host, "truncated"),
                        refuses(host, "enormous"),
                        refuses(host, "newer"),
                        refuses(host, "circular"),
                        refuses(host, "repeated"));
        assertThat(secret).hasContent(sound);
        assertThat(next.rebuild(host.vm(), ADMIN).changed()).isFalse();
        assertThat(next.doctor(host.vm())).extracting(Finding::kind).containsExactly(Finding.Kind.NOTICE);
        next.restore(host.vm(), one.id(), ADMIN).await();
        next.deleteAll(host.vm(), ADMIN).await();
    }

    private static ThrowingConsumer<String> refuses(Host host, String name) {
        return message -> assertThat(message).contains(hostile(host, name).toString(), "cannot be read");
    }

    private static Path hostile(Host host, String name) {
        return records(host).resolve(host.vm() + ".hostile-" + name + ".json");
    }

    private static Path records(Host host) {
        return host.guest().disks().get(0).file().resolveSibling(".vmsnap");
    }

    private static Path theOnly(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.reduce((one, other) -> {
                        throw new IllegalStateException(one + " and " + other);
                    })
                    .orElseThrow();
        }
    }
}
