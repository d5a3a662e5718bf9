package dev.vmsnap.lab.guest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A disk from which UEFI starts one application: a FAT12 file system with {@code EFI/BOOT/BOOTX64.EFI}. The layouts are
 * those of Microsoft's FAT and PE specifications, as far as firmware looks at them.
 */
final class EfiDisk {
    private static final int SECTOR = 512;
    private static final int SECTORS = 2880;
    private static final int FAT_SECTORS = 9;
    private static final int FIRST_CLUSTER_OF_FILE = 4;
    private static final int DIRECTORY = 0x10;
    private static final int ARCHIVE = 0x20;
    private static final int PE_AT = 0x40;
    private static final int OPTIONAL_HEADER_BYTES = 0xF0;

    private EfiDisk() {}

    /** The disk with that code as its application, at most a sector of it. */
    static byte[] of(byte[] code) {
        byte[] application = application(code);
        ByteArrayOutputStream disk = new ByteArrayOutputStream();
        disk.writeBytes(bootSector());
        byte[] table = table(application.length / SECTOR);
        disk.writeBytes(table);
        disk.writeBytes(table);
        disk.writeBytes(sector(entry("EFI", DIRECTORY, 2, 0)));
        disk.writeBytes(
                sector(entry(".", DIRECTORY, 2, 0), entry("..", DIRECTORY, 0, 0), entry("BOOT", DIRECTORY, 3, 0)));
        disk.writeBytes(sector(
                entry(".", DIRECTORY, 3, 0),
                entry("..", DIRECTORY, 2, 0),
                entry("BOOTX64 EFI", ARCHIVE, FIRST_CLUSTER_OF_FILE, application.length)));
        disk.writeBytes(application);
        return Arrays.copyOf(disk.toByteArray(), SECTORS * SECTOR);
    }

    /** One sector of headers, one of code that is also data. */
    private static byte[] application(byte[] code) {
        if (code.length > SECTOR) {
            throw new IllegalArgumentException("the application does not fit in a sector: " + code.length + " bytes");
        }
        byte[] bytes = new byte[2 * SECTOR];
        ByteBuffer file = littleEndian(bytes);
        file.put("MZ".getBytes(StandardCharsets.US_ASCII)).putInt(0x3C, PE_AT);
        file.position(PE_AT);
        file.put("PE\0\0".getBytes(StandardCharsets.US_ASCII));
        // x86-64, one section, no symbols, executable.
        file.putShort((short) 0x8664).putShort((short) 1).putInt(0).putInt(0).putInt(0);
        file.putShort((short) OPTIONAL_HEADER_BYTES).putShort((short) 0x0202);
        int optional = file.position();
        // PE32+; sizes of code and data, the entry point, the base of the code.
        file.putShort((short) 0x20B)
                .putShort((short) 0)
                .putInt(SECTOR)
                .putInt(0)
                .putInt(0);
        file.putInt(SECTOR).putInt(SECTOR);
        // Loaded anywhere, sections on sectors.
        file.putLong(0).putInt(SECTOR).putInt(SECTOR).putLong(0).putLong(0);
        file.putInt(2 * SECTOR).putInt(SECTOR).putInt(0);
        // An EFI application; stack and heap of no interest; 16 directories, all empty.
        file.putShort((short) 10).putShort((short) 0);
        file.putLong(0).putLong(0).putLong(0).putLong(0).putInt(0).putInt(16);
        file.position(optional + OPTIONAL_HEADER_BYTES);
        file.put(".text\0\0\0".getBytes(StandardCharsets.US_ASCII));
        file.putInt(SECTOR)
                .putInt(SECTOR)
                .putInt(SECTOR)
                .putInt(SECTOR)
                .putLong(0)
                .putInt(0);
        // Code that may be read, written and executed.
        file.putInt(0xE0000060);
        file.position(SECTOR);
        file.put(code);
        return bytes;
    }

    private static byte[] bootSector() {
        byte[] bytes = new byte[SECTOR];
        ByteBuffer sector = littleEndian(bytes);
        sector.put(new byte[] {(byte) 0xEB, 0x3C, (byte) 0x90}).put("MSDOS5.0".getBytes(StandardCharsets.US_ASCII));
        // Sectors in a cluster, reserved ones, tables, entries of the root directory, all sectors, a disk.
        sector.putShort((short) SECTOR)
                .put((byte) 1)
                .putShort((short) 1)
                .put((byte) 2)
                .putShort((short) 16);
        sector.putShort((short) SECTORS).put((byte) 0xF8).putShort((short) FAT_SECTORS);
        sector.putShort((short) 63).putShort((short) 16).putLong(0);
        sector.put((byte) 0x80).put((byte) 0).put((byte) 0x29).putInt(0);
        sector.put("GUEST      FAT12   ".getBytes(StandardCharsets.US_ASCII));
        sector.put(SECTOR - 2, (byte) 0x55).put(SECTOR - 1, (byte) 0xAA);
        return bytes;
    }

    /** Two directories of one cluster each, then the file. */
    private static byte[] table(int clustersOfFile) {
        byte[] table = new byte[FAT_SECTORS * SECTOR];
        int last = FIRST_CLUSTER_OF_FILE + clustersOfFile - 1;
        for (int cluster = 0; cluster <= last; cluster++) {
            boolean goesOn = cluster >= FIRST_CLUSTER_OF_FILE && cluster < last;
            int value = cluster == 0 ? 0xFF8 : goesOn ? cluster + 1 : 0xFFF;
            int at = cluster * 3 / 2;
            if (cluster % 2 == 0) {
                table[at] = (byte) value;
                table[at + 1] |= (byte) (value >> 8);
            } else {
                table[at] |= (byte) (value << 4);
                table[at + 1] = (byte) (value >> 4);
            }
        }
        return table;
    }

    private static byte[] entry(String name, int kind, int cluster, int length) {
        byte[] bytes = new byte[32];
        ByteBuffer entry = littleEndian(bytes);
        entry.put("%-11s".formatted(name).getBytes(StandardCharsets.US_ASCII)).put((byte) kind);
        entry.putShort(26, (short) cluster).putInt(28, length);
        return bytes;
    }

    private static byte[] sector(byte[]... entries) {
        byte[] bytes = new byte[SECTOR];
        ByteBuffer sector = littleEndian(bytes);
        Arrays.stream(entries).forEach(sector::put);
        return bytes;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
