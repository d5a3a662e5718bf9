package dev.vmsnap.lab.guest;

import java.nio.file.Path;
import java.util.List;

/** The libvirt domain of a guest. */
final class DomainXml {
    private DomainXml() {}

    /**
     * What a guest boots by.
     *
     * @param machine its machine type
     * @param xml where firmware and its variables are, or a kernel, if that is not QEMU's affair
     * @param processor XML of its processor
     */
    record Firmware(String machine, String xml, String processor) {
        /** QEMU's own BIOS. */
        static final Firmware BIOS = new Firmware("pc", "", "");

        /** A kernel, its first file system and its command line. */
        static Firmware kernel(Path kernel, Path initrd, String line, String processor) {
            return new Firmware(
                    "pc",
                    """

                        <kernel>%s</kernel>
                        <initrd>%s</initrd>
                        <cmdline>%s</cmdline>""".formatted(escaped(kernel.toString()), escaped(initrd.toString()), escaped(line)),
                    processor);
        }

        /**
         * Firmware in flash memory, with a store of variables beside it.
         *
         * @param template what a new store begins with; empty for a store that must be there
         */
        static Firmware inFlash(String machine, Path firmware, String template, Path variables) {
            return new Firmware(
                    machine,
                    """

                        <loader readonly='yes' type='pflash'>%s</loader>
                        <nvram%s>%s</nvram>""".formatted(
                                    escaped(firmware.toString()),
                                    template.isEmpty() ? "" : " template='" + escaped(template) + "'",
                                    escaped(variables.toString())),
                    "");
        }
    }

    /**
     * The domain of a guest.
     *
     * @param serial XML of its serial port
     * @param moreDevices XML of further devices
     */
    static String of(
            String name,
            int memoryMiB,
            Firmware firmware,
            List<GuestDisk> guestDisks,
            String serial,
            String moreDevices) {
        StringBuilder disks = new StringBuilder();
        for (int index = 0; index < guestDisks.size(); index++) {
            disks.append(disk(guestDisks.get(index), index));
        }
        return """
                <domain type='qemu'>
                  <name>%s</name>
                  <memory unit='MiB'>%d</memory>
                  <vcpu>1</vcpu>
                  <os>
                    <type arch='x86_64' machine='%s'>hvm</type>%s
                  </os>
                  <features><acpi/></features>
                %s  <on_poweroff>destroy</on_poweroff>
                  <on_reboot>restart</on_reboot>
                  <on_crash>destroy</on_crash>
                  <devices>
                %s    <controller type='usb' model='none'/>
                    <input type='keyboard' bus='ps2'/>
                    <memballoon model='none'/>
                %s%s  </devices>
                </domain>
                """.formatted(
                        escaped(name),
                        memoryMiB,
                        firmware.machine(),
                        firmware.xml(),
                        firmware.processor(),
                        disks,
                        serial,
                        moreDevices);
    }

    /** A serial port that prints into a file. */
    static String serialLog(Path file) {
        return """
                    <serial type='file'>
                      <source path='%s' append='on'/>
                      <target port='0'/>
                    </serial>
                """.formatted(escaped(file.toString()));
    }

    /** A serial port behind a socket that QEMU listens on. */
    static String serialSocket(Path socket) {
        return serialSocket(socket, 0);
    }

    /** A serial port of that number behind a socket that QEMU listens on. */
    static String serialSocket(Path socket, int port) {
        return """
                    <serial type='unix'>
                      <source mode='bind' path='%s'/>
                      <target port='%d'/>
                    </serial>
                """.formatted(escaped(socket.toString()), port);
    }

    private static String disk(GuestDisk disk, int index) {
        return """
                    <disk type='%s' device='disk'>
                      <driver name='qemu' type='%s'%s/>
                      <source %s='%s'/>
                      <target dev='%s' bus='virtio'/>
                      <boot order='%d'/>
                    </disk>
                """.formatted(
                        disk.isDevice() ? "block" : "file",
                        disk.format().qemuName(),
                        disk.uncached() ? " cache='none'" : "",
                        disk.isDevice() ? "dev" : "file",
                        escaped(disk.file().toString()),
                        TickerGuest.target(index),
                        index + 1);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&apos;")
                .replace("\"", "&quot;");
    }
}
