package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The machine on which the disks of a guest lie. */
public interface GuestFiles {
    /**
     * Runs a command there, without a shell and without input.
     *
     * @return what it printed
     * @throws IOException if it cannot be started or says that it failed
     */
    String run(List<String> command) throws IOException;

    /**
     * Makes a file there, replacing what is there.
     *
     * @throws IOException if it cannot be written
     */
    void write(Path file, byte[] content) throws IOException;

    /** This machine. */
    static GuestFiles here() {
        return new GuestFiles() {
            @Override
            public String run(List<String> command) throws IOException {
                return Tool.run(command);
            }

            @Override
            public void write(Path file, byte[] content) throws IOException {
                Files.write(file, content);
            }
        };
    }
}
