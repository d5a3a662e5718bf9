package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against answers that QEMU 7.2 gave. */
final class ImageSnapshotsTest {
    private static final VmId VM = VmId.of("11111111-2222-3333-4444-555555555555");
    private static final Volume VDA = volume("vda", "/vm/t1-vda.qcow2");
    private static final Volume VDB = volume("vdb", "/vm/t1-vdb.qcow2");
    private static final String ON = "/vm/";
    private static final String DELETE = "blockdev-snapshot-delete-internal-sync";

    private final Fake qemu = new Fake();
    private final ImageSnapshots images =
            new ImageSnapshots(qemu, new StoredImages(qemu.commands()), new OpenFiles(qemu.commands()));

    private static Volume volume(String target, String source) {
        return new Volume(target, source, "qcow2", StorageKind.FILE, "file", OptionalLong.empty());
    }

    /** A QEMU with recorded answers, and a node whose files hold what a test says. */
    private static final class Fake implements Monitor {
        private final Map<String, String> answers =
                new HashMap<>(Map.of("query-block", Fixtures.text("query-block-7.2.json")));
        private final Map<String, List<String>> files = new HashMap<>();
        private final List<String> sent = new ArrayList<>();
        private Optional<String> compared = Optional.empty();
        private String xml = xml("/vm/t1-vda.qcow2", "/vm/t1-vdb.qcow2");

        static String xml(String first, String second) {
            return "<domain><name>t</name><devices>" + disk("vda", first, "virtio-disk0")
                    + disk("vdb", second, "virtio-disk1") + "</devices></domain>";
        }

        private static String disk(String target, String source, String alias) {
            return "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='" + source
                    + "'/><target dev='" + target + "' bus='virtio'/><alias name='" + alias + "'/></disk>";
        }

        @Override
        public DomainXml live(VmId vm) {
            return DomainXml.parse(xml);
        }

        @Override
        public Qmp.Reply query(VmId vm, String command, Duration limit) {
            return Qmp.Reply.parse(
                    command, answers.getOrDefault(command, "{\"error\":{\"desc\":\"no such command\"}}"));
        }

        @Override
        public Qmp.Reply monitor(VmId vm, Qmp.Command command, Duration limit) {
            sent.add(command.json());
            if (command.name().equals(DELETE)) {
                // Before it writes the list, and whether or not it can write it.
                JsonObject arguments =
                        JsonParser.parseString(command.json()).getAsJsonObject().getAsJsonObject("arguments");
                forgets(Json.text(arguments, "device", ""), Json.text(arguments, "name", ""));
            }
            return Qmp.Reply.parse(command.name(), answers.getOrDefault(command.name(), "{\"return\":{}}"));
        }

        @Override
        public void requireDisks(VmId vm) {}

        Commands commands() {
            return command -> {
                List<String> words = command.arguments();
                int at = words.indexOf(
                        words.stream().filter(w -> w.startsWith(ON)).findFirst().orElseThrow());
                if (words.stream().noneMatch(w -> w.contains("qemu-img"))) {
                    return new Commands.Result(0, compared.orElseGet(() -> open(words.size() - at)), "");
                }
                List<String> held = files.get(words.get(at));
                if (held == null) {
                    return new Commands.Result(1, "", "env: 'qemu-img': No such file or directory\n");
                }
                String listed = String.join(
                        ",",
                        held.stream()
                                .map(n -> "{\"name\":\"" + n + "\",\"vm-state-size\":0}")
                                .toList());
                return new Commands.Result(0, "{\"virtual-size\":1,\"snapshots\":[" + listed + "]}", "");
            };
        }

        /** QEMU has open what lies at each path. */
        private static String open(int paths) {
            return IntStream.range(0, paths)
                    .mapToObj(path -> "regular file|1:" + path + "|0:0\n")
                    .map(file -> "o " + file + "n " + file + "q " + file)
                    .collect(Collectors.joining());
        }

        /** QEMU takes it off its list in memory. */
        void forgets(String node, String snapshot) {
            JsonObject answer =
                    JsonParser.parseString(answers.get("query-block")).getAsJsonObject();
            Json.objects(answer, "return")
                    .flatMap(device -> Json.object(device, "inserted").stream())
                    .filter(inserted -> Json.text(inserted, "node-name", "").equals(node))
                    .forEach(inserted -> inserted.getAsJsonObject("image")
                            .getAsJsonArray("snapshots")
                            .asList()
                            .removeIf(s ->
                                    Json.text(s.getAsJsonObject(), "name", "").equals(snapshot)));
            answers.put("query-block", answer.toString());
        }
    }

    private static String error(String words) {
        return "{\"error\":{\"class\":\"GenericError\",\"desc\":\"" + words + "\"}}";
    }

    @Test
    void anErrorOfADeletionIsNotOverruledByWhatQemuRemembers() {
        String words = "Failed to remove snapshot from snapshot list: Read-only file system";
        qemu.answers.put(DELETE, error(words));
        qemu.files.put(VDA.source(), List.of("vmsnap-a"));
        qemu.files.put(VDB.source(), List.of());

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining("Read-only file system")
                .hasMessageContaining("vda")
                .hasMessageContaining("power the VM off");
    }

    @Test
    void whatQemuForgotButTheFileHoldsIsNotGone() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        qemu.files.put(VDA.source(), List.of("vmsnap-a"));

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                .hasMessageContaining("power the VM off");
        assertThat(qemu.sent).isEmpty();
    }

    @Test
    void anErrorAfterWhichTheFileHoldsTheSnapshotNoLongerIsSuccess() {
        qemu.answers.put(DELETE, error("Failed to free the clusters"));
        qemu.files.put(VDA.source(), List.of("vmsnap-b"));

        assertThatCode(() -> images.delete(VM, List.of(VDA), "vmsnap-a")).doesNotThrowAnyException();
    }

    @Test
    void whatCannotBeConfirmedIsAFailure() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING))
                .hasMessageContaining("cannot be confirmed")
                .hasMessageContaining("qemu-img");
    }

    @Test
    void aFileThatIsNotTheOneThatQemuHasOpenProvesNothing() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        qemu.files.put(VDA.source(), List.of());
        qemu.compared = Optional.of("o regular file|1:3|0:0\nn regular file|1:4|0:0\nq regular file|1:4|0:0\n");

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN))
                .hasMessageContaining("another file lies at");
    }

    @Test
    void aFileThatCouldNotBeComparedWithTheOneThatQemuHasOpenProvesNothing() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        qemu.files.put(VDA.source(), List.of());
        qemu.compared = Optional.of("");

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
                .hasMessageContaining("whether QEMU has the file");
    }

    @Test
    void theOtherImagesAreServedWhenOneFails() {
        qemu.answers.put(DELETE, error("Input/output error"));
        qemu.files.put(VDA.source(), List.of("vmsnap-a"));
        qemu.files.put(VDB.source(), List.of());

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA, VDB), "vmsnap-a"))
                .hasMessageContaining("Input/output error on disk vda")
                .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
        assertThat(qemu.sent).hasSize(2);
    }

    @Test
    void aDeletionFollowsTheFileAndNotTheTarget() {
        qemu.xml = Fake.xml("/vm/other.qcow2", "/vm/t1-vda.qcow2");

        images.delete(VM, List.of(VDA), "vmsnap-a");

        assertThat(qemu.sent).singleElement().asString().contains("libvirt-1-format");
    }

    @Test
    void aVolumeThatTheVmDoesNotHaveIsLeftAlone() {
        assertThatCode(() -> images.delete(VM, List.of(volume("vda", "/vm/detached.qcow2")), "vmsnap-a"))
                .doesNotThrowAnyException();

        assertThat(qemu.sent).isEmpty();
    }

    @Test
    void aCutOfAnotherDiskUnderTheSameTargetIsAFailure() {
        assertThatThrownBy(() -> images.cut(VM, List.of(volume("vda", "/vm/detached.qcow2")), "vmsnap-c"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
        assertThat(qemu.sent).isEmpty();
    }

    @Test
    void theTimeInWhichQemuHeldItsLockIsReported() {
        qemu.answers.put("query-block", Fixtures.text("query-block-7.2.json").replace("vmsnap-a", "vmsnap-c"));

        assertThat(images.cut(VM, List.of(VDA, VDB), "vmsnap-c")).isPositive();
    }

    @Test
    void aBackupInFrontOfADiskLeavesItsSnapshotsInSight() {
        backup();

        assertThat(images.images(VM)).extracting(ImageInfo::target).containsExactly("vda", "vdb");
    }

    @Test
    void commandsAddressTheFirstNodeOfADisk() {
        backup();

        assertThatThrownBy(() -> images.cut(VM, List.of(volume("vda", "/vm/a.qcow2")), "vmsnap-c"))
                .hasMessageContaining("is not in the image of vda");
        assertThat(qemu.sent).singleElement().asString().contains("libvirt-CoR-vda");
    }

    @Test
    void anImageThatIsHiddenIsReportedWithTheDriverThatHidesIt() {
        qemu.answers.put("query-block", Fixtures.text("query-block-7.2-filters.json"));
        qemu.answers.put("query-named-block-nodes", Fixtures.text("query-named-block-nodes-7.2-filters.json"));
        qemu.answers.put("x-debug-query-block-graph", Fixtures.text("block-graph-7.2-filters.json"));
        qemu.xml = "<domain><devices>" + Fake.disk("vdd", "/vm/d4.qcow2", "virtio-disk3") + "</devices></domain>";

        assertThatThrownBy(() -> images.nodesOf(VM, List.of(volume("vdd", "/vm/d4.qcow2"))))
                .hasMessageContaining("quorum")
                .hasMessageContaining("vdd");
    }

    @Test
    void aHiddenImageIsLeftOutAndNamed() {
        qemu.answers.put("query-block", Fixtures.text("query-block-7.2-filters.json"));
        qemu.answers.put("query-named-block-nodes", Fixtures.text("query-named-block-nodes-7.2-filters.json"));
        qemu.answers.put("x-debug-query-block-graph", Fixtures.text("block-graph-7.2-filters.json"));
        qemu.xml = Fake.xml("/vm/d1.qcow2", "/vm/d2.qcow2").replace("virtio-disk1", "virtio-disk3");

        assertThat(images.images(VM)).extracting(ImageInfo::target).containsExactly("vda");
        assertThat(images.hidden(VM)).containsOnlyKeys("vdb");
        assertThat(images.hidden(VM).get("vdb")).contains("quorum");
    }

    @Test
    void aSnapshotThatOnlyTheFileListsIsStillThere() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        qemu.files.put(VDA.source(), List.of("vmsnap-a"));
        qemu.compared = Optional.of("h 00 00 00 01\nh 00 00 00 01\n");

        assertThat(images.images(VM)).allSatisfy(image -> assertThat(image.snapshots())
                .extracting(ImageInfo.Entry::name)
                .containsExactly("vmsnap-a"));
    }

    @Test
    void aFileThatListsOtherSnapshotsAndCannotBeReadProvesNoneToBeGone() {
        qemu.forgets("libvirt-2-format", "vmsnap-a");
        qemu.compared = Optional.of("h 00 00 00 01\nh 00 00 00 01\n");

        assertThatThrownBy(() -> images.images(VM))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING))
                .hasMessageContaining("lists other snapshots than QEMU")
                .hasMessageContaining("qemu-img");
    }

    @Test
    void aSnapshotOfADiskForWhichQemuShowsNoImageIsGoneOnlyIfTheFileSaysSo() {
        qemu.answers.put("query-block", "{\"return\":[]}");
        qemu.files.put(VDA.source(), List.of("vmsnap-a"));

        assertThatThrownBy(() -> images.delete(VM, List.of(VDA), "vmsnap-a"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                .hasMessageContaining("power the VM off");
        assertThatThrownBy(() -> images.delete(VM, List.of(VDB), "vmsnap-a"))
                .hasMessageContaining("cannot be confirmed");
        assertThatCode(() -> images.delete(VM, List.of(VDA), "vmsnap-b")).doesNotThrowAnyException();
    }

    @Test
    void anImageThatHasNoNameAnyMoreIsReportedAsDetached() {
        qemu.compared =
                Optional.of("o regular file|1:3|0:0\nn none\nq none\nn regular file|1:3|0:0\nq regular file|1:3|0:0\n");

        List<ImageInfo> found = images.images(VM);

        assertThat(found.get(0).detached())
                .hasValueSatisfying(why -> assertThat(why).contains("no longer has a name"));
        assertThat(found.get(1).detached()).isEmpty();
    }

    private void backup() {
        qemu.answers.put("query-block", Fixtures.text("query-block-7.2-backup.json"));
        qemu.answers.put("query-named-block-nodes", Fixtures.text("query-named-block-nodes-7.2-backup.json"));
        qemu.answers.put("x-debug-query-block-graph", Fixtures.text("block-graph-7.2-backup.json"));
        qemu.xml = Fake.xml("/vm/a.qcow2", "/vm/b.qcow2");
    }
}
