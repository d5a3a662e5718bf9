package dev.vmsnap.storage.lvm;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names a logical volume on a node.
 *
 * @param group its volume group
 * @param name its name in there
 */
record LvPath(String group, String name) {
    // As LVM lets names be; nothing that needs quoting anywhere.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126}");
    private static final Pattern DOTS = Pattern.compile("\\.\\.?");
    private static final String DEVICES = "/dev/";
    private static final String MAPPED = "/dev/mapper/";
    // The kernel's names of devices have up to 127 bytes, and LVM appends this to those below an origin.
    private static final int LONGEST_DEVICE = 127 - "-real".length();

    LvPath {
        if (!isName(group) || !isName(name)) {
            throw new IllegalArgumentException("not the name of a logical volume");
        }
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches() && !DOTS.matcher(text).matches();
    }

    /** Reads {@code /dev/GROUP/NAME} or {@code /dev/mapper/GROUP-NAME}; empty for anything else. */
    static Optional<LvPath> of(String source) {
        if (source.startsWith(MAPPED)) {
            return ofMapped(source.substring(MAPPED.length()));
        }
        if (!source.startsWith(DEVICES)) {
            return Optional.empty();
        }
        String[] parts = source.substring(DEVICES.length()).split("/", -1);
        return parts.length == 2 ? of(parts[0], parts[1]) : Optional.empty();
    }

    /** In the kernel's names a dash separates, and one that belongs to a name is doubled. */
    private static Optional<LvPath> ofMapped(String device) {
        String[] parts = device.replace("--", "\0").split("-", -1);
        return parts.length == 2 ? of(parts[0].replace('\0', '-'), parts[1].replace('\0', '-')) : Optional.empty();
    }

    private static Optional<LvPath> of(String group, String name) {
        return isName(group) && isName(name) ? Optional.of(new LvPath(group, name)) : Optional.empty();
    }

    /** Another one in the same group. */
    LvPath sibling(String other) {
        return new LvPath(group, other);
    }

    /** Whether the kernel has room for its name, and for those of the devices that LVM puts below it. */
    boolean fitsTheKernel() {
        int dashes = (int) (group + name).chars().filter(c -> c == '-').count();
        return group.length() + 1 + name.length() + dashes <= LONGEST_DEVICE;
    }

    String device() {
        return DEVICES + group + "/" + name;
    }

    /** The name that the kernel has for it, as {@code dmsetup} takes it. */
    String mapped() {
        return group.replace("-", "--") + "-" + name.replace("-", "--");
    }

    /** As LVM's commands take it. */
    @Override
    public String toString() {
        return group + "/" + name;
    }
}
