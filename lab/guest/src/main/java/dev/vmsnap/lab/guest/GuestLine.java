package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The serial line to a keeper guest. Each command gets a connection of its own, since QEMU binds the socket anew whenever
 * it starts, and a tag, so that the answer to one that was given up is not taken for the answer to the next.
 */
final class GuestLine {
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(1);
    private static final long POLL_MILLIS = 3;
    private static final int TAGS = 26;
    private static final AtomicInteger COMMANDS = new AtomicInteger();

    private final Path socket;

    GuestLine(Path socket) {
        this.socket = socket;
    }

    /**
     * Sends a command, again and again until the guest answers: what it was sent while it booted is lost. So commands must
     * be such that once is as good as twice.
     *
     * @throws IllegalStateException if there is no answer in time, or the guest says that it could not do it
     */
    String tell(String command, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Object trouble = "no answer";
        long wait = FIRST_ANSWER.toNanos();
        for (long left = atMost.toNanos(); left > 0; left = deadline - System.nanoTime()) {
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                Optional<String> answer = ask(channel, command, System.nanoTime() + Math.min(wait, left));
                if (answer.isPresent()) {
                    return text(command, answer.get());
                }
                // On a busy machine the guest may only be slow.
                wait *= 2;
            } catch (IOException e) {
                trouble = e;
            }
            pause();
        }
        throw new IllegalStateException(command + " within " + atMost + " at " + socket + ": " + trouble);
    }

    private static String text(String command, String answer) {
        if (!answer.startsWith("=")) {
            throw new IllegalStateException("the guest could not do " + command + ": " + answer);
        }
        return answer.substring(1);
    }

    private static Optional<String> ask(SocketChannel channel, String command, long giveUp) throws IOException {
        char tag = (char) ('a' + COMMANDS.incrementAndGet() % TAGS);
        // Half a line may be left from a connection before.
        ByteBuffer line = StandardCharsets.US_ASCII.encode("\n" + tag + command + "\n");
        while (line.hasRemaining()) {
            channel.write(line);
        }
        channel.configureBlocking(false);
        StringBuilder heard = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        while (System.nanoTime() - giveUp < 0) {
            int read = channel.read(buffer);
            if (read < 0) {
                return Optional.empty();
            }
            heard.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            buffer.clear();
            Optional<String> answer = answer(heard.toString(), tag);
            if (answer.isPresent()) {
                return answer;
            }
            pause();
        }
        return Optional.empty();
    }

    /** The whole line with that tag, without it. */
    static Optional<String> answer(String heard, char tag) {
        int end = heard.lastIndexOf("\r\n");
        return heard.substring(0, Math.max(end, 0))
                .lines()
                .filter(line -> line.matches(tag + "[=!].*"))
                .findFirst()
                .map(line -> line.substring(1));
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
