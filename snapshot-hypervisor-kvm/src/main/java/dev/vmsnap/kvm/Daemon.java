package dev.vmsnap.kvm;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** Questions to libvirt's daemon that are not about a domain that it has. */
final class Daemon {
    private final Link link;

    Daemon(Link link) {
        this.link = link;
    }

    /** QEMU's command line for a domain. */
    NativeCommand nativeCommand(DomainXml domain) {
        String question = NativeCommand.question(domain);
        return NativeCommand.parse(link.ask(
                "look where libvirt keeps files of VM " + domain.uuid(),
                Link.SHORT,
                session -> text(Virt.Loaded.VIRT.virConnectDomainXMLToNative(
                        session.pointer(), NativeCommand.FORMAT, question, 0))));
    }

    /** What answers. */
    String version() {
        return link.ask("read the version", Link.SHORT, Session::version);
    }

    private static String text(@Nullable Pointer text) {
        if (text == null) {
            throw VirtException.last();
        }
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }
}
