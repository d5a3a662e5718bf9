package dev.vmsnap.it;

import dev.vmsnap.VmId;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.UefiGuest;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A host application with a UEFI guest that has a TPM, whose state libvirt keeps where it likes. */
final class UefiHost extends TickingHost {
    private static final String TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";

    private final Lab lab;
    private final UefiGuest guest;

    private UefiHost(Lab lab, String uri, UefiGuest guest) {
        super(
                new Console(guest.serialLog()),
                Host.engine(lab, uri, JdbcStore.sqlite(Host.store(lab)), builder -> builder),
                VmId.of(lab.virsh("domuuid", guest.name()).strip()));
        this.lab = lab;
        this.guest = guest;
    }

    /** Makes a guest, which is off, and a host that reaches its node by that URI. */
    static UefiHost of(Lab lab, String uri) throws IOException {
        return of(lab, uri, lab.directory());
    }

    /** The same, with disk and variables in a directory. */
    static UefiHost of(Lab lab, String uri, Path directory) throws IOException {
        UefiGuest guest = UefiGuest.in(directory, lab.newName()).withMoreDevices(TPM);
        guest.createDisk();
        lab.defineXml(guest.name(), guest.domainXml());
        return new UefiHost(lab, uri, guest);
    }

    UefiGuest guest() {
        return guest;
    }

    void boot() {
        lab.virsh("start", guest.name());
        console().awaitBoot(PATIENCE);
        console().awaitTick(PATIENCE);
    }

    byte[] variables() throws IOException {
        return Files.readAllBytes(guest.variables());
    }

    /** Where the TPM's state is, as this machine sees it. */
    Path tpm() {
        // The directory of the daemon is its /var/lib/libvirt.
        return lab.directory().resolveSibling("var/swtpm/" + vm() + "/tpm2/tpm2-00.permall");
    }
}
