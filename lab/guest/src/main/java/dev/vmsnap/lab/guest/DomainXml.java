package dev.vmsnap.lab.guest;

import java.nio.file.Path;
import java.util.List;

/** The libvirt domain of a guest. */
final class DomainXml {
    private DomainXml() {}

    /**
     * The domain of a guest.
     *
     * @param serial XML of its serial port
     * @param moreDevices XML of further devices
     */
    static String of(String name, int memoryMiB, List<GuestDisk> guestDisks, String serial, String moreDevices) {
        return of(name, memoryMiB, "", "", guestDisks, serial, moreDevices);
    }

    /**
     * The domain of a guest that does not boot from its first disk.
     *
     * @param kernel XML of what it boots
     * @param processor XML of its processor
     */
    static String of(
            String name,
            int memoryMiB,
            String kernel,
            String processor,
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
                    <type arch='x86_64' machine='pc'>hvm</type>
                %s  </os>
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
                """.formatted(escaped(name), memoryMiB, kernel, processor, disks, serial, moreDevices);
    }

    /** A kernel, its first file system and its command line. */
    static String kernel(Path kernel, Path initrd, String line) {
        return """
                    <kernel>%s</kernel>
                    <initrd>%s</initrd>
                    <cmdline>%s</cmdline>
                """.formatted(escaped(kernel.toString()), escaped(initrd.toString()), escaped(line));
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
                      <driver name='qemu' type='%s'/>
                      <source %s='%s'/>
                      <target dev='%s' bus='virtio'/>
                      <boot order='%d'/>
                    </disk>
                """.formatted(
                        disk.isDevice() ? "block" : "file",
                        disk.format().qemuName(),
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
