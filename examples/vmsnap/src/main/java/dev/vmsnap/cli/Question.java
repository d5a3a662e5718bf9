package dev.vmsnap.cli;

import java.util.Set;
import picocli.CommandLine.ITypeConverter;

/** What can be asked, of how many snapshots, and with which options. */
enum Question {
    CREATE(0, 0),
    RESTORE(1, 1),
    EDIT(1, 1),
    DELETE(1, Integer.MAX_VALUE),
    DELETE_ALL(0, 0),
    CLONE(0, 1),
    MIGRATE(0, 0),
    MIGRATE_COLD(0, 0),
    MIGRATE_LIVE(0, 0),
    RECONFIGURE(0, 0),
    CONFIGURE(0, 0),
    DELETE_VM(0, 0);

    private final int fewest;
    private final int most;

    Question(int fewest, int most) {
        this.fewest = fewest;
        this.most = most;
    }

    /** The options that say anything about it, by their longest names. */
    Set<String> options() {
        return switch (this) {
            case CREATE -> Set.of("--name", "--comment", "--tag", "--expires", "--ram", "--quiesce", "--exclude");
            case RESTORE -> Set.of("--accept-drift", "--keep-configuration", "--power", "--drop-bitmaps", "--on");
            case EDIT -> Set.of("--name", "--comment", "--tag", "--untag", "--expires", "--never-expires");
            case DELETE -> Set.of("--children", "--leave-unreachable");
            case DELETE_ALL -> Set.of("--leave-unreachable");
            case CLONE -> Set.of("--to");
            case MIGRATE -> Set.of("--to-node", "--disk");
            case MIGRATE_COLD, MIGRATE_LIVE -> Set.of("--to-node", "--to-storage");
            case RECONFIGURE -> Set.of("--change");
            case CONFIGURE, DELETE_VM -> Set.of();
        };
    }

    /** Insists on as many snapshots as it is about. */
    void requireSnapshots(int count) {
        if (count < fewest) {
            throw wrong(" wants a SNAP.");
        }
        if (count > most) {
            throw wrong(most == 0 ? " takes no SNAP." : " takes one SNAP.");
        }
    }

    /** Insists on options that say something about it; none is overheard. */
    void requireOptions(Iterable<String> given) {
        for (String option : given) {
            if (!options().contains(option)) {
                throw wrong(" takes no " + option + ".");
            }
        }
    }

    UsageException wrong(String how) {
        return new UsageException("check VM " + Choices.word(this) + how);
    }

    /** The questions as people write them. */
    static final class Words extends Choices {
        Words() {
            super(values());
        }
    }

    /** Reads a question. */
    static final class Reader implements ITypeConverter<Question> {
        @Override
        public Question convert(String word) {
            return Choices.constant(values(), word);
        }
    }
}
