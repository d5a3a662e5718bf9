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
import java.util.Optional;

/**
 * A domain as virt-install writes it for a common system. It goes through every verb: nothing keeps its node from starting
 * it, and its passwords, owners and configuration are as before.
 */
final class CommonDomain {
    private static final String PASSWORD = "s3cret12";

    private final Lab lab;
    private final String name;
    private final Boots boots;
    private final String uri;

    /** Returns the image that a guest boots, if this firmware boots one of ours. */
    private enum Boots {
        TICKER,
        UEFI_APPLICATION,
        NOTHING
    }

    private CommonDomain(Lab lab, String name, Boots boots) {
        this.lab = lab;
        this.name = name;
        this.boots = boots;
        // Beside the daemon, where libvirt keeps variables and TPMs in places that it chooses.
        this.uri = Sshd.start(lab).uriOfTheUsualSocket();
    }

    static CommonDomain debian(Lab lab) {
        return new CommonDomain(lab, "debian12", Boots.TICKER);
    }

    static CommonDomain redHat(Lab lab) {
        return new CommonDomain(lab, "rhel9", Boots.UEFI_APPLICATION);
    }

    static CommonDomain windows10(Lab lab) {
        return new CommonDomain(lab, "win10", Boots.TICKER);
    }

    static CommonDomain windows11(Lab lab) {
        return new CommonDomain(lab, "win11", Boots.NOTHING);
    }

    void goesThroughEveryVerb() throws IOException {
        Path disk = disk();
        Path log = Files.writeString(lab.directory().resolve(name + "-console.log"), "");
        define(disk, log);
        VmId vm = VmId.of(lab.virsh("domuuid", name).strip());
        KvmHypervisor node = KvmHypervisor.connect(uri);
        lab.cleanUp(node::close);
        VmSnapshots snapshots =
                Host.engine(lab, uri, JdbcStore.sqlite(lab.directory().resolve("snapshots.db")), builder -> builder);
        snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), ADMIN);
        VmConfiguration defined = node.configuration(vm);
        String ownerOff = owner(disk);
        assertThat(node.obstacles(defined, "")).isEmpty();
        lab.virsh("start", name);
        Console console = new Console(log);
        tick(console);
        String ownerOn = owner(disk);
        String screen = screen();
        assertThat(screen).contains(PASSWORD);
        VmConfiguration running = node.configuration(vm);
        assertThat(node.differences(defined, running)).isEmpty();
        assertThat(node.obstacles(running, "")).isEmpty();
        assertThat(node.obstacles(running, node.version())).isEmpty();
        Optional<String> generation = generation();

        Snapshot bare = snapshots.create(vm, SnapshotSpec.named("disks"), ADMIN).await();
        Snapshot ram =
                snapshots.create(vm, SnapshotSpec.named("ram").withRam(), ADMIN).await();
        lab.virsh("metadata", name, "urn:owner", "--key", "o", "--set", "<owner>bob</owner>", "--live", "--config");
        snapshots.restore(vm, ram.id(), ADMIN).await();

        tick(console);
        assertThat(lab.virsh("domstate", name).strip()).isEqualTo("running");
        assertThat(generation().isPresent()).isEqualTo(generation.isPresent());
        generation().ifPresent(now -> {
            assertThat(Optional.of(now)).as("a guest that went back is told").isNotEqualTo(generation);
            assertThat(lab.virsh("dumpxml", "--inactive", name)).contains("<genid>" + now + "</genid>");
        });
        assertThat(lab.virsh("dumpxml", name)).contains("bob").doesNotContain("urn:vmsnap");
        assertThat(lab.virsh("dumpxml", "--inactive", name)).contains("bob");
        assertThat(screen()).isEqualTo(screen);
        assertThat(owner(disk)).isEqualTo(ownerOn);
        assertThat(node.differences(defined, node.configuration(vm))).isEmpty();

        snapshots.restore(vm, bare.id(), ADMIN).await();

        tick(console);
        assertThat(screen()).isEqualTo(screen);
        snapshots.delete(vm, ram.id(), ADMIN).await();
        lab.virsh("destroy", name);
        assertThat(owner(disk)).isEqualTo(ownerOff);
        snapshots.restore(vm, bare.id(), ADMIN).await();
        snapshots.deleteAll(vm, ADMIN).await();
        lab.virsh("start", name);
        tick(console);
        assertThat(owner(disk)).isEqualTo(ownerOn);
        lab.virsh("destroy", name);
    }

    private Path disk() throws IOException {
        if (boots == Boots.UEFI_APPLICATION) {
            UefiGuest guest = UefiGuest.in(lab.directory(), name);
            guest.createDisk();
            return guest.disk().file();
        }
        TickerGuest guest = TickerGuest.in(lab.directory(), name, 1);
        guest.createDisks();
        return guest.disks().get(0).file();
    }

    private void define(Path disk, Path log) throws IOException {
        Path template = Path.of(Lab.root(), "snapshot-hypervisor-kvm/src/test/resources/dev/vmsnap/kvm/domains");
        String xml = Files.readString(template.resolve(name + ".xml"))
                .replace("@DISK@", disk.toString())
                .replace(
                        "@ISO@", lab.directory().resolve("that-was-deleted.iso").toString())
                .replace("@LOG@", log.toString())
                .replace("@PASSWORD@", PASSWORD);
        lab.defineXml(name, xml);
    }

    private void tick(Console console) {
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
    private String screen() {
        return lab.virsh("dumpxml", "--inactive", "--security-info", name)
                .lines()
                .filter(line -> line.contains("<graphics"))
                .toList()
                .toString();
    }

    private Optional<String> generation() {
        String said = lab.virsh("qemu-monitor-command", name, "{\"execute\":\"query-vm-generation-id\"}");
        int at = said.indexOf("\"guid\":\"");
        return at < 0 ? Optional.empty() : Optional.of(said.substring(at + 8, at + 44));
    }
}
