package dev.vmsnap.store.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names the processes that keep a database locked, as the kernel lists them. */
final class LockHolders {
    /** The bytes of {@code -shm} that the writer of a write-ahead log locks, and what it locks to mend one. */
    private static final int FIRST = 120;

    private static final int LAST = 122;

    private LockHolders() {}

    /**
     * Names them for people; empty if the kernel tells of none.
     *
     * @param database the file of the database
     */
    static Optional<String> of(Path database) {
        try {
            String file =
                    ":" + Files.getAttribute(database.resolveSibling(database.getFileName() + "-shm"), "unix:ino");
            String names = Files.readAllLines(Path.of("/proc/locks")).stream()
                    .map(line -> List.of(line.strip().split(" +")))
                    .filter(words -> words.size() == 8 && words.get(3).equals("WRITE"))
                    .filter(words -> words.get(5).endsWith(file) && locksTheWriter(words))
                    .map(words -> words.get(4))
                    .distinct()
                    .map(LockHolders::name)
                    .collect(Collectors.joining(" and "));
            return Optional.of(names).filter(text -> !text.isEmpty());
        } catch (IOException | RuntimeException notLinux) {
            return Optional.empty();
        }
    }

    private static boolean locksTheWriter(List<String> words) {
        long begin = Long.parseLong(words.get(6));
        long end = words.get(7).equals("EOF") ? Long.MAX_VALUE : Long.parseLong(words.get(7));
        return begin <= LAST && end >= FIRST && Long.parseLong(words.get(4)) > 0;
    }

    private static String name(String process) {
        try {
            Path place = Path.of("/proc", process);
            String name = Files.readString(place.resolve("comm")).strip();
            String status = Files.readString(place.resolve("stat"));
            boolean stopped = status.startsWith("T", status.lastIndexOf(')') + 2);
            return "process " + process + " (" + name + (stopped ? ", stopped)" : ")");
        } catch (IOException gone) {
            return "process " + process;
        }
    }
}
