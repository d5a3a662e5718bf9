package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.guest.UefiGuest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Domains as virt-install writes them for common systems go through every verb, whoever QEMU runs as. Nothing keeps their
 * node from starting them, and their passwords, owners and configurations are as before.
 */
final class CommonDomainsTest {
    private static final String PASSWORD = "s3cret12";

    @RegisterExtension
    final Lab lab = new Lab();

    private String uri;
    private Path directory;

    /** What a guest boots, if this firmware boots anything of ours. */
    private enum Boots {
        TICKER,
        UEFI_APPLICATION,
        NOTHING
    }

    @Test
    void debianWithSpiceAndAConsole() throws IOException {
        onTheLabsDaemon();
        goesThroughEveryVerb("debian12", Boots.TICKER);
    }

    @Test
    void redHatWithUefiAndATpm() throws IOException {
        onTheLabsDaemon();
        goesThroughEveryVerb("rhel9", Boots.UEFI_APPLICATION);
    }

    @Test
    void windows10OnSata() throws IOException {
        onTheLabsDaemon();
        goesThroughEveryVerb("win10", Boots.TICKER);
    }

    @Test
    void windows11WithSecureBootAndATpm() throws IOException {
        onTheLabsDaemon();
        goesThroughEveryVerb("win11", Boots.NOTHING);
    }

    @Test
    void debianAsLibvirtsOwnUser() throws IOException {
        asLibvirtsUser();
        goesThroughEveryVerb("debian12", Boots.TICKER);
    }

    @Test
    void redHatAsLibvirtsOwnUser() throws IOException {
        asLibvirtsUser();
        goesThroughEveryVerb("rhel9", Boots.UEFI_APPLICATION);
    }

    private void onTheLabsDaemon() {
        uri = lab.uri();
        directory = lab.directory();
    }

    private void asLibvirtsUser() {
        Lab.OfUser other = lab.daemonOfLibvirtsUser();
        uri = other.uri();
        directory = other.directory();
    }

    private String virsh(String... arguments) {
        return Shell.run(
                java.util.stream.Stream.concat(List.of("virsh", "-q", "-c", uri).stream(), List.of(arguments).stream())
                        .toArray(String[]::new));
    }

    private void goesThroughEveryVerb(String name, Boots boots) throws IOException {
        Path disk = disk(name, boots);
        Path log = Files.writeString(directory.resolve(name + "-console.log"), "");
        define(name, disk, log);
        VmId vm = VmId.of(virsh("domuuid", name).strip());
        KvmHypervisor node = KvmHypervisor.connect(uri);
        lab.cleanUp(node::close);
        VmSnapshots snapshots =
                Host.engine(lab, uri, JdbcStore.sqlite(directory.resolve("snapshots.db")), builder -> builder);
        snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), ADMIN);
        VmConfiguration defined = node.configuration(vm);
        String ownerOff = owner(disk);
        assertThat(node.obstacles(defined, "")).isEmpty();
        virsh("start", name);
        Console console = new Console(log);
        tick(console, boots);
        String ownerOn = owner(disk);
        String screen = screen(name);
        assertThat(screen).contains(PASSWORD);
        VmConfiguration running = node.configuration(vm);
        assertThat(node.differences(defined, running)).isEmpty();
        assertThat(node.obstacles(running, "")).isEmpty();
        assertThat(node.obstacles(running, node.version())).isEmpty();
        Optional<String> generation = generation(name);

        Snapshot bare = snapshots.create(vm, SnapshotSpec.named("disks"), ADMIN).await();
        Snapshot ram =
                snapshots.create(vm, SnapshotSpec.named("ram").withRam(), ADMIN).await();
        virsh("metadata", name, "urn:owner", "--key", "o", "--set", "<owner>bob</owner>", "--live", "--config");
        snapshots.restore(vm, ram.id(), ADMIN).await();

        tick(console, boots);
        assertThat(virsh("domstate", name).strip()).isEqualTo("running");
        assertThat(generation(name)).hasSameSizeAs(generation);
        generation(name).ifPresent(now -> {
            assertThat(Optional.of(now)).as("a guest that went back is told").isNotEqualTo(generation);
            assertThat(virsh("dumpxml", "--inactive", name)).contains("<genid>" + now + "</genid>");
        });
        assertThat(virsh("dumpxml", name)).contains("bob").doesNotContain("urn:vmsnap");
        assertThat(virsh("dumpxml", "--inactive", name)).contains("bob");
        assertThat(screen(name)).isEqualTo(screen);
        assertThat(owner(disk)).isEqualTo(ownerOn);
        assertThat(node.differences(defined, node.configuration(vm))).isEmpty();

        snapshots.restore(vm, bare.id(), ADMIN).await();

        tick(console, boots);
        assertThat(screen(name)).isEqualTo(screen);
        snapshots.delete(vm, ram.id(), ADMIN).await();
        virsh("destroy", name);
        assertThat(owner(disk)).isEqualTo(ownerOff);
        snapshots.restore(vm, bare.id(), ADMIN).await();
        snapshots.deleteAll(vm, ADMIN).await();
        virsh("start", name);
        tick(console, boots);
        assertThat(owner(disk)).isEqualTo(ownerOn);
        virsh("destroy", name);
    }

    private Path disk(String name, Boots boots) throws IOException {
        if (boots == Boots.UEFI_APPLICATION) {
            UefiGuest guest = UefiGuest.in(directory, name);
            guest.createDisk();
            return guest.disk().file();
        }
        TickerGuest guest = TickerGuest.in(directory, name, 1);
        guest.createDisks();
        return guest.disks().get(0).file();
    }

    private void define(String name, Path disk, Path log) throws IOException {
        Path template = Path.of(Lab.root(), "snapshot-hypervisor-kvm/src/test/resources/dev/vmsnap/kvm/domains");
        String xml = Files.readString(template.resolve(name + ".xml"))
                .replace("@DISK@", disk.toString())
                .replace("@ISO@", directory.resolve("that-was-deleted.iso").toString())
                .replace("@LOG@", log.toString())
                .replace("@PASSWORD@", PASSWORD);
        Path file = Files.writeString(directory.resolve(name + ".xml"), xml);
        virsh("define", file.toString());
        lab.cleanUp(() -> {
            Shell.attempt("virsh", "-q", "-c", uri, "destroy", name);
            Shell.attempt("virsh", "-q", "-c", uri, "undefine", name, "--snapshots-metadata", "--nvram", "--tpm");
        });
    }

    private static void tick(Console console, Boots boots) {
        if (boots != Boots.NOTHING) {
            console.skip();
            console.awaitTick(PATIENCE);
            console.awaitTick(PATIENCE);
        }
    }

    private static String owner(Path file) {
        return Shell.run("stat", "-c", "%U:%G %a", file.toString());
    }

    /** The screen in the configuration for the next start, with its password. */
    private String screen(String name) {
        return virsh("dumpxml", "--inactive", "--security-info", name)
                .lines()
                .filter(line -> line.contains("<graphics"))
                .toList()
                .toString();
    }

    private Optional<String> generation(String name) {
        String said = virsh("qemu-monitor-command", name, "{\"execute\":\"query-vm-generation-id\"}");
        int at = said.indexOf("\"guid\":\"");
        return at < 0 ? Optional.empty() : Optional.of(said.substring(at + 8, at + 44));
    }
}
