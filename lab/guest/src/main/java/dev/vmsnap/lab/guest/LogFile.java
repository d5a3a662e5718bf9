package dev.vmsnap.lab.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A log in a file of this machine's. */
record LogFile(Path file) implements GuestLog {
    @Override
    public byte[] from(long position) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(position);
            ByteBuffer buffer = ByteBuffer.allocate(8192);
            while (channel.read(buffer) > 0) {
                bytes.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
        return bytes.toByteArray();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
