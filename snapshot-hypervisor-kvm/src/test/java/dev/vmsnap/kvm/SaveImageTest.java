package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SaveImageTest {
    private static final String UUID = "11111111-1111-4111-8111-111111111111";
    private static final String XML = "<domain><name>n</name><uuid>" + UUID + "</uuid></domain>";
    private static final int STATE_BYTES = 300_000;

    @TempDir
    Path directory;

    private final Random random = new Random(7);

    /** A saved image, as libvirt 9.0 lays it out. */
    private byte[] image(String magic, ByteOrder order, int format, int ram, String description) throws IOException {
        byte[] xml = (XML + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] cookie = "<cookie/>\0".getBytes(StandardCharsets.UTF_8);
        int data = xml.length + cookie.length + 65536;
        ByteBuffer header = ByteBuffer.allocate(92 + data).order(order);
        header.put(magic.getBytes(StandardCharsets.US_ASCII));
        header.putInt(2).putInt(data).putInt(0).putInt(format).putInt(xml.length);
        header.position(92);
        header.put(xml).put(cookie);
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        image.write(header.array());
        image.write("QEVM".getBytes(StandardCharsets.US_ASCII));
        image.write(noise(ram));
        image.write(noise(STATE_BYTES));
        image.write(0);
        if (!description.isEmpty()) {
            image.write(6);
            image.write(ByteBuffer.allocate(4).putInt(description.length()).array());
            image.write(description.getBytes(StandardCharsets.US_ASCII));
        }
        return image.toByteArray();
    }

    private static String description() {
        return "{\"page_size\": 4096, \"devices\": [" + "{\"name\": \"timer\"}, ".repeat(500) + "{}]}";
    }

    private byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        random.nextBytes(noise);
        return noise;
    }

    private byte[] good() throws IOException {
        return image("LibvirtQemudSave", ByteOrder.LITTLE_ENDIAN, 0, 5_000_000, description());
    }

    private Place file(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("ram"), bytes);
        return Place.at(file.toString(), new LocalCommands());
    }

    /** The same bytes with others behind them, as a device has them. */
    private Place device(byte[] bytes, Commands commands) throws IOException {
        ByteArrayOutputStream device = new ByteArrayOutputStream();
        device.write(bytes);
        device.write(noise(3_000_000));
        Path file = Files.write(directory.resolve("device"), device.toByteArray());
        return new Place(file.toString(), false, true, 0, commands);
    }

    @Test
    void tellsWhoseItIs() throws IOException {
        SaveImage image = SaveImage.in(file(good()));

        assertThat(image.domain().name()).isEqualTo("n");
        assertThat(image.domain().uuid()).isEqualTo(UUID);
        assertThatCode(() -> image.requireOf(DomainXml.parse(XML))).doesNotThrowAnyException();
        assertThatThrownBy(() -> image.requireOf(DomainXml.parse(XML.replace(">n<", ">m<"))))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("'n'")
                .hasMessageContaining("'m'");
        assertThatThrownBy(() -> image.requireOf(DomainXml.parse(XML.replace("1111", "2222"))))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining(UUID);
    }

    @Test
    void readsTheHeaderOfANodeWithTheOtherOrderOfBytes() throws IOException {
        byte[] other = image("LibvirtQemudSave", ByteOrder.BIG_ENDIAN, 0, 100, description());

        assertThat(SaveImage.in(file(other)).domain().name()).isEqualTo("n");
    }

    @Test
    void aFileNeedsAllItsBytes() throws IOException {
        byte[] good = good();

        assertThat(SaveImage.in(file(good)).neededBytes(5_000_004)).isEqualTo(good.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {5_000_000, 4_000_000, 5_000_000 + STATE_BYTES, 5_000_000 + STATE_BYTES + 9_000})
    void onADeviceTheEndIsFoundWhateverQemuCounts(int counted) throws IOException {
        byte[] good = good();

        assertThat(SaveImage.in(device(good, new LocalCommands())).neededBytes(counted))
                .isEqualTo(good.length);
    }

    @Test
    void whatAnEarlierSaveHasLeftBehindTheEndIsNotTheEnd() throws IOException {
        byte[] good = good();
        byte[] both = Arrays.copyOf(good, good.length + 200_000);
        System.arraycopy(good, good.length - 100_000, both, both.length - 100_000, 100_000);

        assertThat(SaveImage.in(device(both, new LocalCommands())).neededBytes(5_000_000))
                .isEqualTo(good.length);
    }

    @Test
    void whereNoEndIsToldTheWholeDeviceIsNeeded() throws IOException {
        byte[] old = image("LibvirtQemudSave", ByteOrder.LITTLE_ENDIAN, 0, 100_000, "");
        LocalCommands local = new LocalCommands();
        Commands commands = command -> command.arguments().get(0).equals("blockdev")
                ? new Commands.Result(0, "123456789\n", "")
                : local.run(command);

        assertThat(SaveImage.in(device(old, commands)).neededBytes(100_000)).isEqualTo(123_456_789);
    }

    @Test
    void compressedRamOnADeviceIsRefusedSinceItCannotBeReadBack() throws IOException {
        byte[] compressed = image("LibvirtQemudSave", ByteOrder.LITTLE_ENDIAN, 5, 100_000, "");

        assertThat(SaveImage.in(file(compressed)).neededBytes(1)).isEqualTo(compressed.length);
        assertThatThrownBy(() ->
                        SaveImage.in(device(compressed, new LocalCommands())).neededBytes(1))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("snapshot_image_format");
    }

    @Test
    void whatIsNotACompleteImageIsRefused() throws IOException {
        byte[] partial = image("LibvirtQemudPart", ByteOrder.LITTLE_ENDIAN, 0, 100, description());
        byte[] strange = image("SomethingElse...", ByteOrder.LITTLE_ENDIAN, 0, 100, description());
        byte[] headless = good();
        headless[new String(headless, StandardCharsets.ISO_8859_1).indexOf("QEVM")] = 0;
        byte[] senseless = good();
        senseless[23] = (byte) 0xff;
        senseless[35] = (byte) 0xff;

        assertBroken(partial, "not saved to its end");
        assertBroken(strange, "no saved RAM");
        assertBroken(new byte[0], "too short");
        assertBroken(new byte[50], "too short");
        assertBroken(headless, "damaged");
        assertBroken(senseless, "no sense");
    }

    private void assertBroken(byte[] bytes, String why) throws IOException {
        Place place = file(bytes);
        assertThatThrownBy(() -> SaveImage.in(place))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN))
                .hasMessageContaining(why);
    }

    @Test
    void whatLooksLikeAnEndInsideRamIsNone() {
        byte[] shortOne = new byte[100];
        System.arraycopy("\0\6\0\0\0\2{}".getBytes(StandardCharsets.US_ASCII), 0, shortOne, 10, 8);
        byte[] interrupted = new byte[9000];
        interrupted[1] = 6;
        interrupted[4] = 32;
        interrupted[6] = '{';
        interrupted[6 + 8191] = '}';

        assertThat(SaveImage.endWithin(shortOne)).isEmpty();
        assertThat(SaveImage.endWithin(interrupted)).isEmpty();
        assertThat(SaveImage.endWithin(new byte[0])).isEmpty();
    }
}
