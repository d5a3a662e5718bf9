package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of the user nobody that changes names in directories of its own all the time, until it is stopped. */
final class Intruder implements AutoCloseable {
    static final String SECRET = "secret of root's";

    private static final String NOBODY = "65534";

    private final Process process;

    private Intruder(Process process) {
        this.process = process;
    }

    /**
     * Starts one; it ends with the test at the latest.
     *
     * @param lab whose directory it may pass through
     * @param script in Perl
     * @param arguments of the script
     */
    static Intruder start(Lab lab, String script, Path... arguments) {
        try {
            Path file = Files.writeString(lab.directory().resolve("attack.pl"), script);
            List<String> words = new ArrayList<>(List.of(
                    "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "perl", file.toString()));
            for (Path argument : arguments) {
                words.add(argument.toString());
            }
            Intruder intruder = new Intruder(new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
            lab.cleanUp(intruder::close);
            return intruder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a file that only root may read in a directory that everybody may pass through. */
    static Path victim(Lab lab) throws IOException {
        Path victim = Files.createDirectory(lab.directory().resolve("victim"));
        Shell.run("chmod", "755", victim.toString(), lab.directory().toString());
        Files.writeString(victim.resolve("file"), SECRET);
        Shell.run("chmod", "600", victim.resolve("file").toString());
        return victim;
    }

    /** Returns all that can be seen of a victim: names, numbers, owners, modes, times and content. */
    static String state(Path victim) {
        return Shell.run(
                "sh",
                "-c",
                "cd \"$1\" && stat -c '%n %i %a %u %g %s %Y %h' . * .[!.]* 2>/dev/null; cat file",
                "sh",
                victim.toString());
    }

    boolean isRunning() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
