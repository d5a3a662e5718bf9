package dev.vmsnap.kvm;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * RAM as libvirt saves it: a header, the domain's XML, and what QEMU migrates. The layout is that of libvirt's
 * {@code qemu_saveimage.h}, in the node's order of bytes.
 *
 * @param place where it is
 * @param dataBytes length of all that stands between the header and QEMU's part
 * @param xmlBytes length of the XML with its final zero
 * @param format in what form QEMU's part is; {@link #PLAIN} for as it is
 */
record SaveImage(Place place, long dataBytes, int xmlBytes, int format) {
    static final int PLAIN = 0;

    private static final int HEADER_BYTES = 92;
    private static final int MAGIC_BYTES = 16;
    private static final String COMPLETE = "LibvirtQemudSave";
    private static final String PARTIAL = "LibvirtQemudPart";
    private static final int VERSION = 2;
    private static final int LARGEST_XML = 16 << 20;
    private static final byte[] QEMU = {'Q', 'E', 'V', 'M'};

    // How far around the place where the end should be it is looked for, one after the other.
    private static final int[] BEFORE = {64 << 10, 4 << 20, 16 << 20};
    private static final int[] BEHIND = {1 << 20, 4 << 20, 16 << 20};

    /** QEMU's description of what it has written comes last of all, behind these: end of file, description. */
    private static final byte[] LAST = {0, 6};

    // A page header interrupts whatever the guest has in its RAM at least that often.
    private static final int LONGER_THAN_A_PAGE = 4096;

    /** Reads the header; what is not a complete image is a failure. */
    static SaveImage in(Place place) {
        byte[] header = place.read(0, HEADER_BYTES);
        if (header.length < HEADER_BYTES) {
            throw Failures.broken(place.path() + " is too short for saved RAM");
        }
        String magic = new String(header, 0, MAGIC_BYTES, StandardCharsets.ISO_8859_1);
        if (magic.equals(PARTIAL)) {
            throw Failures.broken("the RAM in " + place.path() + " was not saved to its end");
        }
        if (!magic.equals(COMPLETE)) {
            throw Failures.broken(place.path() + " holds no saved RAM");
        }
        ByteBuffer numbers = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        if (numbers.getInt(MAGIC_BYTES) != VERSION) {
            numbers.order(ByteOrder.BIG_ENDIAN);
        }
        if (numbers.getInt(MAGIC_BYTES) != VERSION) {
            throw Failures.broken("the RAM in " + place.path() + " is of a version that is not known");
        }
        long data = Integer.toUnsignedLong(numbers.getInt(MAGIC_BYTES + 4));
        int format = numbers.getInt(MAGIC_BYTES + 12);
        long cookie = Integer.toUnsignedLong(numbers.getInt(MAGIC_BYTES + 16));
        long xml = cookie == 0 ? data : cookie;
        if (xml < 1 || xml > Math.min(data, LARGEST_XML)) {
            throw Failures.broken("the header in " + place.path() + " makes no sense");
        }
        SaveImage image = new SaveImage(place, data, (int) xml, format);
        if (format == PLAIN && !Arrays.equals(place.read(image.begin(), QEMU.length), QEMU)) {
            throw Failures.broken("QEMU's part of the RAM in " + place.path() + " is damaged");
        }
        return image;
    }

    /** The domain that the RAM belongs to. */
    DomainXml domain() {
        byte[] text = place.read(HEADER_BYTES, xmlBytes);
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return DomainXml.parse(new String(text, 0, end, StandardCharsets.UTF_8));
    }

    /** Where QEMU's part begins. */
    private long begin() {
        return HEADER_BYTES + dataBytes;
    }

    /**
     * How many bytes are needed.
     *
     * @param counted how many bytes QEMU says that it has written; QEMU 7.2 counts RAM only, not the devices
     */
    long neededBytes(long counted) {
        if (place.file()) {
            return place.bytes();
        }
        if (format != PLAIN) {
            throw Failures.broken("libvirt has compressed the RAM, which cannot be read back from a device: set"
                    + " snapshot_image_format = \"raw\" in the node's qemu.conf");
        }
        for (int i = 0; i < BEFORE.length; i++) {
            long from = Math.max(begin(), begin() + counted - BEFORE[i]);
            OptionalLong end = endWithin(place.read(from, BEFORE[i] + BEHIND[i]));
            if (end.isPresent()) {
                return from + end.getAsLong();
            }
        }
        // Machines of QEMU 2.2 and before have no description.
        return place.capacity();
    }

    /** Where QEMU's description ends, if there is one in these bytes. */
    static OptionalLong endWithin(byte[] bytes) {
        ByteBuffer lengths = ByteBuffer.wrap(bytes);
        for (int at = 0; at + LAST.length + Integer.BYTES < bytes.length; at++) {
            if (bytes[at] == LAST[0] && bytes[at + 1] == LAST[1]) {
                int length = lengths.getInt(at + LAST.length);
                int begin = at + LAST.length + Integer.BYTES;
                if (length > LONGER_THAN_A_PAGE && length <= bytes.length - begin && describes(bytes, begin, length)) {
                    return OptionalLong.of((long) begin + length);
                }
            }
        }
        return OptionalLong.empty();
    }

    private static boolean describes(byte[] bytes, int begin, int length) {
        if (bytes[begin] != '{' || bytes[begin + length - 1] != '}') {
            return false;
        }
        try {
            String text = new String(bytes, begin, length, StandardCharsets.UTF_8);
            return JsonParser.parseString(text).getAsJsonObject().has("devices");
        } catch (JsonParseException | IllegalStateException e) {
            return false;
        }
    }

    /** Makes sure that it is the RAM of a domain, and of that name: libvirt does not start it under another one. */
    void requireOf(DomainXml domain) {
        DomainXml saved = domain();
        if (!saved.uuid().equals(domain.uuid())) {
            throw Failures.broken("the RAM in " + place.path() + " is that of VM " + saved.uuid());
        }
        if (!saved.name().equals(domain.name())) {
            throw renamed(saved.name(), domain.name());
        }
    }

    private static DriverException renamed(String then, String now) {
        return Failures.broken("the RAM was saved when the VM was called '" + then
                + "', and libvirt restores it under no other name; it is called '" + now + "'");
    }
}
