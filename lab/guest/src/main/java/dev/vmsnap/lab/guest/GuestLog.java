package dev.vmsnap.lab.guest;

import java.io.IOException;

/** What a guest has printed, wherever it lies. It only ever grows. */
@FunctionalInterface
public interface GuestLog {
    /**
     * What there is from a position on. It is asked again and again; one to which each look is dear may take its time.
     *
     * @param position how many bytes are known already, 0 or more
     * @return the bytes after these; empty if there are no more, or no log yet
     * @throws IOException if the log cannot be read
     */
    byte[] from(long position) throws IOException;
}
