package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeeperGuestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration IMPATIENCE = Duration.ofMillis(20);

    @TempDir
    Path directory;

    @Test
    void theDomainListensOnTheSocket() {
        assertThat(keeper().domainXml())
                .contains("<serial type='unix'>", "<source mode='bind' path='" + directory + "/keeper.sock'/>")
                .contains("keeper-vda.qcow2", "keeper-vdb.qcow2");
    }

    @Test
    void theAnswerIsWhatTheGuestSaysUnderTheTagOfTheQuestion() throws Exception {
        CompletableFuture<Void> guest = guest(line -> "0=old\r\n" + line.charAt(0) + "=a = b!\r\n");

        assertThat(keeper().remembered(PATIENCE)).isEqualTo("a = b!");
        guest.get();
    }

    @Test
    void aRefusalOfTheGuestIsAFailure() throws Exception {
        CompletableFuture<Void> guest = guest(line -> line.charAt(0) + "!\r\n");

        assertThatIllegalStateException()
                .isThrownBy(() -> keeper().write(1, "text", PATIENCE))
                .withMessageContaining("Wbtext");
        guest.get();
    }

    @Test
    void halfAnAnswerIsNone() {
        assertThat(GuestLine.answer("a=te", 'a')).isEmpty();
        assertThat(GuestLine.answer("a=text\r", 'a')).isEmpty();
        assertThat(GuestLine.answer("b=text\r\n", 'a')).isEmpty();
        assertThat(GuestLine.answer("t\r\na=\r\nb", 'a')).contains("=");
    }

    @Test
    void aGuestThatIsNotThereIsAFailureWhenTimeIsOver() {
        assertThatIllegalStateException()
                .isThrownBy(() -> keeper().remembered(IMPATIENCE))
                .withMessageContaining("keeper.sock");
    }

    @Test
    void whatDoesNotFitOnALineIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> keeper().remember("a\nb", PATIENCE));
        assertThatIllegalArgumentException().isThrownBy(() -> keeper().remember("x".repeat(201), PATIENCE));
        assertThatIllegalArgumentException().isThrownBy(() -> keeper().read(2, PATIENCE));
        assertThatIllegalArgumentException().isThrownBy(() -> KeeperGuest.in(directory, "a/b"));
    }

    private KeeperGuest keeper() {
        return KeeperGuest.in(directory, "keeper");
    }

    /** Answers one line on the guest's socket. */
    private CompletableFuture<Void> guest(UnaryOperator<String> answer) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(keeper().socket()));
        return CompletableFuture.runAsync(() -> {
            try (server;
                    SocketChannel connection = server.accept();
                    Scanner lines = new Scanner(Channels.newInputStream(connection), StandardCharsets.US_ASCII)) {
                String line = lines.nextLine();
                while (line.isEmpty()) {
                    line = lines.nextLine();
                }
                connection.write(ByteBuffer.wrap(answer.apply(line).getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }
}
