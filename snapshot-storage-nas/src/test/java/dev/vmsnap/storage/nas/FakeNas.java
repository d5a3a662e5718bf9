package dev.vmsnap.storage.nas;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.InMemoryVm;
import dev.vmsnap.testkit.TestCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A node with an export at {@code /mnt/nas}, images on it, and a VM; every command that comes to it is kept. */
final class FakeNas implements Commands, NodeFiles {
    static final String POINT = "/mnt/nas";
    static final String EXPORT = "server:/export";

    private static final String GONE = "No such file or directory";
    private static final int KILLED = 137;
    private static final int BOUND = 5;
    private static final Pattern FILE = Pattern.compile("\"filename\":\"([^\"]*)\"");

    final Map<String, Image> images = new LinkedHashMap<>();
    final List<Ran> ran = new ArrayList<>();
    final InMemoryHypervisor node = new Datacenter().node("node", this, this);
    final InMemoryVm vm = node.withVm("vm").power(PowerState.OFF);

    String type = "nfs4";
    String source = EXPORT;
    Set<String> options = Set.of("rw", "hard");
    Optional<String> trouble = Optional.empty();
    boolean mounted = true;
    boolean silent;
    boolean recorded = true;
    /** A user who may not write to directories. */
    String denied = "nobody";

    private final Map<String, Runnable> happenings = new LinkedHashMap<>();
    private final Map<String, Result> answers = new LinkedHashMap<>();

    /**
     * A command as the node runs it.
     *
     * @param user as whom; empty for root
     * @param words without what bounds it
     */
    record Ran(String user, List<String> words) {
        boolean with(String word) {
            return words.contains(word);
        }
    }

    /** One image. */
    static final class Image {
        final List<String> snapshots = new ArrayList<>();
        String owner = "-";
        String place = "in";
        String access = "arw";
        Optional<String> trouble = Optional.empty();
    }

    /** A disk of the VM's, with its image. */
    Volume disk(String target) {
        return disk(target, false);
    }

    /** One whose configuration lets it go through the node's page cache. */
    Volume cachedDisk(String target) {
        return disk(target, true);
    }

    private Volume disk(String target, boolean pageCached) {
        Volume volume = new Volume(
                target, POINT + "/vm/" + target + ".qcow2", "qcow2", StorageKind.NAS, "nas", OptionalLong.empty());
        images.put(volume.source(), new Image());
        vm.with(new VmDescription.Disk(
                target,
                VmDescription.Device.DISK,
                VmDescription.SourceType.FILE,
                Optional.of(volume.source()),
                Optional.of("qcow2"),
                pageCached ? Set.of(VmDescription.Disk.Flag.PAGE_CACHED) : Set.of()));
        return volume;
    }

    Image image(Volume volume) {
        return images.get(volume.source());
    }

    TestCall call() {
        return new TestCall(node.find(vm.id()).orElseThrow(), node);
    }

    /** Something happens before the first command with that word. */
    void before(String word, Runnable work) {
        happenings.put(word, work);
    }

    /** Every command with that word ends so. */
    void answer(String word, Result result) {
        answers.put(word, result);
    }

    /** The commands that change images. */
    List<Ran> changes() {
        return ran.stream().filter(command -> command.with("snapshot")).toList();
    }

    @Override
    public Result run(Command command) {
        List<String> words =
                command.arguments().subList(BOUND, command.arguments().size());
        boolean other = words.get(0).equals("setpriv");
        Ran next = new Ran(
                other ? words.get(2) : "",
                unguarded(other ? words.subList(words.indexOf("--") + 1, words.size()) : words));
        ran.add(next);
        List.copyOf(happenings.keySet()).stream()
                .filter(next::with)
                .forEach(word -> happenings.remove(word).run());
        if (silent) {
            return new Result(KILLED, "", "");
        }
        if (next.with("-w") && next.user().equals(denied)) {
            return new Result(1, "", "");
        }
        Optional<Result> answer =
                answers.keySet().stream().filter(next::with).findFirst().map(answers::get);
        return answer.orElseGet(() -> next.with("qemu-img") ? image(next.words()) : shell(next.words()));
    }

    /** The tool that is run on an image if that may be opened. */
    private static List<String> unguarded(List<String> words) {
        return words.size() > 5 && List.of("image", "output").contains(words.get(3))
                ? unguarded(words.subList(5, words.size()))
                : words;
    }

    private Result shell(List<String> words) {
        String name = words.get(0).equals("sh") ? words.get(3) : "";
        if (name.equals("status")) {
            return new Result(
                    0,
                    words.subList(4, words.size()).stream()
                            .map(path -> images.containsKey(path) ? "ok 81a4 262144 1000" : "no " + GONE)
                            .collect(Collectors.joining("\n")),
                    "");
        }
        if (name.equals("surroundings")) {
            return new Result(0, "on nfs 0\n".repeat(words.size() - 5), "");
        }
        boolean glance = words.get(0).equals("sh") && words.get(2).contains("stat -f");
        return new Result(0, glance ? glance(words.subList(4, words.size())) : "", "");
    }

    private String glance(List<String> words) {
        if (trouble.isPresent()) {
            return "no\t" + trouble.get() + "\n";
        }
        StringBuilder seen = new StringBuilder("ok\t1000 4096\n");
        for (int at = 1; at + 3 < words.size(); at += 4) {
            Image image = images.get(words.get(at));
            Optional<String> no = image == null ? Optional.of(GONE) : image.trouble;
            String owner = image == null ? "-" : image.owner;
            seen.append(no.map(why -> "no\t" + why)
                            .orElseGet(() -> String.join("\t", "ok", owner, image.place, image.access, "500 4096")))
                    .append('\n')
                    .append(String.join("\t", owner, recorded ? "yes" : "no"))
                    .append('\n');
        }
        return seen.toString();
    }

    private Result image(List<String> words) {
        Matcher file = FILE.matcher(words.get(words.size() - 1));
        if (!file.find()) {
            throw new AssertionError(words);
        }
        Image image = images.get(file.group(1));
        if (image == null) {
            return new Result(1, "", "qemu-img: Could not open 'x': No such file or directory");
        }
        switch (words.get(1) + words.get(2)) {
            case "snapshot-c" -> image.snapshots.add(words.get(3));
            case "snapshot-d" -> image.snapshots.remove(words.get(3));
            default -> {}
        }
        String snapshots = image.snapshots.stream()
                .map(tag -> "{\"name\":\"" + tag + "\",\"vm-state-size\":0}")
                .collect(Collectors.joining(","));
        return new Result(
                0,
                "{\"format\":\"qcow2\",\"virtual-size\":1048576,\"actual-size\":262144,\"cluster-size\":65536,"
                        + "\"snapshots\":[" + snapshots + "]}",
                "");
    }

    @Override
    public Optional<Mount> mount(String path) {
        return path.startsWith(POINT + "/") && mounted
                ? Optional.of(new Mount(POINT, type, source, options, path.substring(POINT.length())))
                : Optional.of(new Mount("/", "ext4", "/dev/vda1", Set.of("rw"), path));
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        throw new AssertionError("a server is not asked without a limit of time: " + path);
    }

    @Override
    public Optional<byte[]> read(String path) {
        throw new AssertionError("a server is not asked without a limit of time: " + path);
    }

    @Override
    public void write(String path, byte[] content) {
        throw new AssertionError("a server is not asked without a limit of time: " + path);
    }

    @Override
    public void delete(String path) {
        throw new AssertionError("a server is not asked without a limit of time: " + path);
    }

    static String tag(SnapshotId id) {
        return ImageInfo.tag(id);
    }
}
