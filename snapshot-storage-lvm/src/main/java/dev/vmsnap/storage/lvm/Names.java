package dev.vmsnap.storage.lvm;

import dev.vmsnap.SnapshotId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The names of our own logical volumes: made of ids and of a hash of the volume's name, of nothing that people type. */
final class Names {
    private static final String PREFIX = "vmsnap.";
    private static final String RECORDS = PREFIX + "records.";
    private static final int KEPT_CHARACTERS = 12;
    private static final int HASH_CHARACTERS = 8;
    private static final int LONG_HASH_CHARACTERS = 16;
    private static final String FRESH = ".new";
    private static final String AWAY = ".old";
    private static final String RAM = ".ram";
    private static final String COPY = ".copy";
    private static final Pattern PART =
            Pattern.compile("vmsnap\\.([a-z][a-z0-9-]{0,39})\\.([0-9a-f]{8})(\\.(?:new|old|ram|copy))?");

    private Names() {}

    /** A volume's part of a snapshot. */
    static LvPath part(LvPath volume, SnapshotId id) {
        return volume.sibling(stem(volume, id));
    }

    /** What a restore will put in the volume's place. */
    static LvPath fresh(LvPath volume, SnapshotId id) {
        return volume.sibling(stem(volume, id) + FRESH);
    }

    /** The volume itself while a restore keeps it out of everybody's reach. */
    static LvPath away(LvPath volume, SnapshotId id) {
        return volume.sibling(stem(volume, id) + AWAY);
    }

    /** The RAM of a snapshot, beside the volume. */
    static LvPath ram(LvPath volume, SnapshotId id) {
        return volume.sibling(stem(volume, id) + RAM);
    }

    /** What a copy of a snapshot is called before it has its own name. */
    static LvPath copy(LvPath destination, SnapshotId id) {
        return destination.sibling(stem(destination, id) + COPY);
    }

    /** The copy of a VM's records, in a group. */
    static LvPath records(String group, Owner owner) {
        return new LvPath(group, RECORDS + hash(owner.store() + "/" + owner.vm(), LONG_HASH_CHARACTERS));
    }

    /** The name for a copy that the next one could not take the place of. */
    static LvPath kept(LvPath records, String sum) {
        return records.sibling(records.name() + "." + sum.substring(0, KEPT_CHARACTERS));
    }

    /** Whether a volume is called like a copy of records, or one that is kept. */
    static boolean isRecords(String name) {
        return name.startsWith(RECORDS);
    }

    /** The file on the node whose lock keeps two commands of ours off the same VM. */
    static String lock(Owner owner) {
        return "/run/lock/vmsnap." + hash(owner.store() + "/" + owner.vm(), LONG_HASH_CHARACTERS);
    }

    /** Whether a name looks like one of ours. */
    static boolean isReserved(String name) {
        return name.startsWith(PREFIX);
    }

    /** What a name of ours says. */
    record Meaning(Kind kind, SnapshotId id, String volumeHash) {
        boolean isOf(LvPath volume) {
            return volumeHash.equals(hash(volume.name(), HASH_CHARACTERS));
        }
    }

    /** What a logical volume of ours is for. */
    enum Kind {
        PART,
        FRESH,
        AWAY,
        RAM,
        COPY
    }

    /** Reads a name; empty for one that none of the methods above has made for a volume. */
    static Optional<Meaning> read(String name) {
        Matcher match = PART.matcher(name);
        if (!match.matches()) {
            return Optional.empty();
        }
        return Optional.of(new Meaning(kind(match.group(3)), SnapshotId.of(match.group(1)), match.group(2)));
    }

    private static Kind kind(@Nullable String ending) {
        if (ending == null) {
            return Kind.PART;
        }
        return switch (ending) {
            case FRESH -> Kind.FRESH;
            case AWAY -> Kind.AWAY;
            case COPY -> Kind.COPY;
            default -> Kind.RAM;
        };
    }

    private static String stem(LvPath volume, SnapshotId id) {
        return PREFIX + id + "." + hash(volume.name(), HASH_CHARACTERS);
    }

    private static String hash(String text, int characters) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, characters);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
