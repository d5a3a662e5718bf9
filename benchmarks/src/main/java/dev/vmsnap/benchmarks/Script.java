package dev.vmsnap.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The shell script {@code peer}, which measures itself: starting a shell from Java would be counted against it else. */
final class Script implements Contestant {
    private final Path peer;
    private final String manner;
    private final Guest guest;
    private int number;

    /** Makes a contestant that does as the script does in one of its manners. */
    Script(Path peer, String manner, Guest guest) {
        this.peer = peer;
        this.manner = manner;
        this.guest = guest;
    }

    @Override
    public Guest guest() {
        return guest;
    }

    @Override
    public long create() {
        number++;
        return run("create");
    }

    @Override
    public long restore() {
        return run("restore");
    }

    @Override
    public long delete() {
        return run("delete");
    }

    private long run(String verb) {
        List<String> command = new ArrayList<>(
                List.of(peer.toString(), manner, verb, guest.uri(), guest.name(), "benchmark" + number));
        command.addAll(List.of(guest.files()));
        return TimeUnit.MICROSECONDS.toNanos(Long.parseLong(Shell.run(command)));
    }
}
