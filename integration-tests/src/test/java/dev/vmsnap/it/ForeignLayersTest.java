package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SnapshotSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Images whose headers name files of root's, on a node whose guests run as libvirt's own user: what libvirt would not give
 * the guest the library does not read either.
 */
@Timeout(120)
final class ForeignLayersTest {
    private static final String SECRET = "TOP-SECRET-OF-ROOT";

    @RegisterExtension
    final Lab lab = Lab.ofLibvirtsUser();

    private Host host;
    private Path image;

    private void anOverlayOf(String backing, String format) {
        Shell.run("rm", "-f", image.toString());
        Shell.run(
                "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", format, image.toString(), "64M");
    }

    private void aGuest() {
        host = Host.ofDisks(lab, 1);
        image = host.guest().disks().get(0).file();
    }

    private Path secret() throws IOException {
        Path closed = Files.createDirectory(
                lab.directory().resolve("root"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path secret = Files.writeString(closed.resolve("shadow"), SECRET.repeat(1000));
        Shell.run("chmod", "600", secret.toString());
        return secret;
    }

    private Map<String, String> place() {
        return Map.of("vda", lab.directory().resolve("copy.qcow2").toString());
    }

    private void assertRefused(String backing) {
        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.Create(SnapshotSpec.named("s")), ADMIN)
                        .refusals())
                .as(backing)
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThatThrownBy(() -> host.snapshots()
                        .clone(host.vm(), Intent.Clone.of(place()), ADMIN)
                        .await())
                .as(backing)
                .isInstanceOf(RefusedException.class);
        assertThat(lab.directory().resolve("copy.qcow2")).doesNotExist();
    }

    @Test
    void whatTheGuestMayNotReadIsRefusedAsLibvirtRefusesIt() throws IOException {
        aGuest();
        Path secret = secret();
        anOverlayOf(secret.toString(), "raw");
        Shell.Outcome start = Shell.attempt(
                "virsh", "-q", "-c", lab.uri(), "start", host.guest().name());
        assertThat(start.exitCode()).as(start.output()).isNotZero();
        assertThat(start.output()).contains("Cannot access backing file");
        assertRefused("a file of root's");

        Path pipe = lab.directory().resolve("pipe");
        Shell.run("mkfifo", "-m", "666", pipe.toString());
        anOverlayOf(pipe.toString(), "raw");
        assertThat(host.snapshots()
                        .check(host.vm(), Intent.Clone.of(place()), ADMIN)
                        .allowed())
                .as("a pipe is not opened")
                .isFalse();

        for (String odd : new String[] {
            "json:{\"driver\":\"file\",\"filename\":\"" + secret + "\"}",
            "nbd://127.0.0.1:1/x",
            "/proc/self/fd/0",
            "/dev/loop0"
        }) {
            anOverlayOf(odd, "raw");
            assertRefused(odd);
        }
    }

    @Test
    void aLayerThatKeepsItsDataElsewhereIsRefusedThoughTheGuestMayReadIt() throws IOException {
        aGuest();
        Path secret = secret();
        Path layer = lab.directory().resolve("layer.qcow2");
        Shell.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-o",
                "data_file=" + secret + ",data_file_raw=on",
                layer.toString(),
                "64K");
        Shell.run("chmod", "644", layer.toString());
        anOverlayOf(layer.toString(), "qcow2");

        assertRefused("an external data file");

        Files.delete(image);
        Files.move(layer, image);
        assertThat(host.snapshots()
                        .check(host.vm(), Intent.Clone.of(place()), ADMIN)
                        .allowed())
                .as("an external data file of the image itself")
                .isFalse();
    }

    @Test
    void aTemplateThatTheGuestMayReadIsCopiedAndSoIsOneThatItsConfigurationStates() throws IOException {
        aGuest();
        Path template = lab.directory().resolve("template.qcow2");
        Files.move(image, template);
        Shell.run("chmod", "644", template.toString());
        anOverlayOf(template.toString(), "qcow2");

        host.snapshots().clone(host.vm(), Intent.Clone.of(place()), ADMIN).await();
        assertSame(template);

        Shell.run("chmod", "600", template.toString());
        Files.delete(lab.directory().resolve("copy.qcow2"));
        assertRefused("a template that became root's alone");

        String xml = lab.virsh("dumpxml", "--inactive", host.guest().name());
        lab.defineXml(
                host.guest().name(),
                xml.replaceFirst(
                        "<target dev='vda'",
                        "<backingStore type='file'><format type='qcow2'/><source file='" + template
                                + "'/><backingStore/></backingStore><target dev='vda'"));
        host.snapshots().clone(host.vm(), Intent.Clone.of(place()), ADMIN).await();
        assertSame(template);

        host.boot();
        Files.delete(lab.directory().resolve("copy.qcow2"));
        host.snapshots().clone(host.vm(), Intent.Clone.of(place()), ADMIN).await();
    }

    private void assertSame(Path template) {
        Shell.run(
                "qemu-img",
                "compare",
                "-q",
                "-f",
                "qcow2",
                "-F",
                "qcow2",
                template.toString(),
                lab.directory().resolve("copy.qcow2").toString());
    }
}
