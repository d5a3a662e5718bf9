package dev.vmsnap.storage.file.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.vmsnap.CancelledException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** QEMU's tools on images in memory; says no when it is told to. */
final class FakeImages implements Commands {
    private static final Set<String> NAMES = Set.of("ln", "test", "stat", "sync");
    private static final String GONE = "No such file or directory";

    final Map<String, Image> files = new LinkedHashMap<>();
    final List<List<String>> commands = new ArrayList<>();
    final Map<String, String> odd = new LinkedHashMap<>();
    final Set<String> records = new LinkedHashSet<>();
    String refused = "";
    Optional<String> fileSystem = Optional.of("ext2/ext3 5f");
    boolean lacksTool;
    private final List<Fault> faults = new ArrayList<>();

    private final List<Fault> late = new ArrayList<>();

    private record Fault(Predicate<List<String>> when, String message) {}

    /** One qcow2 image. */
    static final class Image {
        final List<ImageInfo.Entry> snapshots = new ArrayList<>();
        final List<String> bitmaps = new ArrayList<>();
        String format = "qcow2";
        Optional<String> dataFile = Optional.empty();
        boolean encrypted;
        boolean corrupt;
        boolean dirty;
        boolean losesOthersOnCreate;
        boolean createsNothing;
        int refcountBits = 16;
        long virtualBytes = 1L << 30;
        long leaks;
        long staleFlags;
        long damaged;
        boolean losesSnapshotsInRepair;
        boolean copiesBadly;
        boolean keepsBitmaps;
        long required = 1 << 20;
        Optional<String> backing = Optional.empty();
        Optional<String> backingFormat = Optional.empty();
        long modified = 1000;
        byte[] bytes = header(1L << 30, 2);

        static byte[] header(long virtualBytes, int tableEntries) {
            ByteBuffer file = ByteBuffer.allocate(4 << 16);
            file.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, virtualBytes);
            file.putInt(36, tableEntries).putLong(40, 1 << 16).putInt(100, 104);
            return file.array();
        }

        List<String> names() {
            return snapshots.stream().map(ImageInfo.Entry::name).toList();
        }

        void hold(SnapshotId id, long ramBytes) {
            snapshots.add(new ImageInfo.Entry(ImageInfo.tag(id), ramBytes));
        }
    }

    Image add(String path) {
        Image image = new Image();
        files.put(path, image);
        return image;
    }

    void failWhen(Predicate<List<String>> when, String message) {
        faults.add(new Fault(when, message));
    }

    /** The command does its work, and fails. */
    void failAfter(Predicate<List<String>> when, String message) {
        late.add(new Fault(when, message));
    }

    /** Commands that write, as "verb path". */
    List<String> writes() {
        return commands.stream()
                .filter(c -> !isRead(c) && !isStatus(c) && !c.get(0).equals("stat"))
                .map(c -> c.get(0).equals("sh") ? c.subList(4, c.size()) : c)
                .filter(c -> c.get(1).equals("snapshot")
                        || c.contains("-r") && c.get(1).equals("check")
                        || c.stream().anyMatch(a -> a.startsWith("write ")))
                .map(c -> (c.get(1).equals("snapshot") || c.get(1).equals("check") ? c.get(1) + c.get(2) : "zero") + " "
                        + path(c.get(c.size() - 1)))
                .toList();
    }

    /** Whether a command reads bytes of a file. */
    static boolean isRead(List<String> command) {
        return command.get(0).equals("sh")
                && command.get(3).equals("sh")
                && command.get(4).startsWith("/");
    }

    /** Whether a command inspects paths and opens nothing. */
    static boolean isStatus(List<String> command) {
        return command.get(0).equals("sh") && !command.get(3).equals("sh");
    }

    /** The tool that a guarded command becomes, with its arguments; any other command as it is. */
    static List<String> tool(List<String> command) {
        if (command.get(0).equals("sh") && command.get(3).equals("descriptors")) {
            return tool(command.subList(command.indexOf("--") + 1, command.size()));
        }
        if (command.get(0).equals("sh") && command.get(3).equals("output")) {
            List<String> tool = new ArrayList<>(tool(command.subList(5, command.size())));
            tool.replaceAll(word -> word.equals(ImageOutput.PATH) ? command.get(4) : word);
            return tool;
        }
        if (command.get(0).equals("sh") && command.get(3).equals("named")) {
            return List.of("ln", "-T", "--", command.get(4), command.get(5));
        }
        return command.get(0).equals("sh") && command.get(3).equals("image")
                ? command.subList(5, command.size())
                : command;
    }

    static String path(String node) {
        return JsonParser.parseString(node.substring("json:".length()))
                .getAsJsonObject()
                .getAsJsonObject("file")
                .get("filename")
                .getAsString();
    }

    @Override
    public Result run(Command command) {
        Result result = answer(tool(command.arguments()));
        return late.stream()
                .filter(fault -> fault.when().test(tool(command.arguments())))
                .findFirst()
                .map(fault -> new Result(1, "", fault.message()))
                .orElse(result);
    }

    private Result answer(List<String> arguments) {
        commands.add(arguments);
        if (isStatus(arguments)) {
            return arguments.get(3).equals("layers") ? identities(arguments) : paths(arguments);
        }
        boolean wrapped = arguments.get(0).equals("sh") && !isRead(arguments);
        List<String> tool = wrapped ? arguments.subList(4, arguments.size()) : arguments;
        for (Fault fault : faults) {
            if (fault.when().test(tool)) {
                return new Result(1, "", fault.message());
            }
        }
        boolean sized = tool.get(0).equals("stat") && tool.contains("-c");
        if (NAMES.contains(tool.get(0)) && !sized) {
            return names(tool);
        }
        boolean namedLast = Set.of("convert", "bitmap").contains(tool.get(1));
        String last = tool.get(tool.size() - (namedLast ? 2 : 1));
        String path = isRead(tool) ? tool.get(4) : sized ? last : path(last);
        Image image = files.get(path);
        if (image == null) {
            return new Result(1, "", "qemu-img: Could not open '" + path + "': No such file or directory");
        }
        return switch (tool.get(0)) {
            case "sh" -> read(tool.subList(5, tool.size()), image.bytes);
            case "stat" -> new Result(0, image.bytes.length + "\n", "");
            case "qemu-io" -> io(tool, image);
            default -> img(tool, image);
        };
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        for (String printed : List.of("    (0.00/100%)\r    (5", "0.00/100%)\r", "")) {
            if (!wanted.test(printed)) {
                throw new CancelledException("no longer wanted");
            }
        }
        return run(command);
    }

    /** What is done with names of files: two names of one file are one object. */
    private Result names(List<String> tool) {
        String last = tool.get(tool.size() - 1);
        Optional<Image> first =
                tool.stream().filter(word -> word.startsWith("/")).findFirst().map(files::get);
        return switch (tool.get(0)) {
            case "stat" -> files.containsKey(last) ? new Result(0, "", "") : new Result(1, "", GONE);
            case "test" -> new Result(first.isPresent() && first.get() == files.get(last) ? 0 : 1, "", "");
            case "sync" -> new Result(0, "", "");
            default -> {
                if (files.containsKey(last)) {
                    yield new Result(1, "", "ln: failed to create hard link '" + last + "': File exists");
                }
                first.ifPresent(image -> files.put(last, image));
                yield first.isPresent() ? new Result(0, "", "") : new Result(1, "", GONE);
            }
        };
    }

    private Result paths(List<String> arguments) {
        for (Fault fault : faults) {
            if (fault.when().test(arguments)) {
                return new Result(1, "", fault.message());
            }
        }
        StringBuilder lines = new StringBuilder();
        boolean status = arguments.get(3).equals("status");
        for (String path : arguments.subList(status ? 4 : 6, arguments.size())) {
            lines.append(status ? status(path) : "on " + fileSystem.orElse("") + "\n");
            if (!status) {
                lines.append(lacksTool ? "lacks qemu-img\n" : "");
                lines.append(refused.isEmpty() ? "" : "refused " + refused + "\n");
                records.forEach(name -> lines.append("record ").append(name).append('\n'));
            }
        }
        return new Result(0, lines.toString(), "");
    }

    private Result identities(List<String> arguments) {
        StringBuilder lines = new StringBuilder();
        for (String path : arguments.subList(4, arguments.size())) {
            lines.append(files.containsKey(path) ? "1:" + System.identityHashCode(files.get(path)) + ":0\n" : "none\n");
        }
        return new Result(0, lines.toString(), "");
    }

    private String status(String path) {
        Image image = files.get(path);
        String seen = image == null ? "no " + GONE : "ok 81a4 " + image.bytes.length + " " + image.modified + " rw";
        return odd.getOrDefault(path, seen) + "\n";
    }

    private Result convert(List<String> tool, Image image) {
        Image copy = add(tool.get(tool.size() - 1));
        copy.virtualBytes = image.virtualBytes;
        if (image.copiesBadly) {
            copy.snapshots.addAll(image.snapshots);
        }
        return new Result(0, "    (100.00/100%)\r\n", "");
    }

    private Result img(List<String> tool, Image image) {
        return switch (tool.get(1)) {
            case "info" -> new Result(0, info(image), "");
            case "snapshot" -> snapshot(tool.get(2), tool.get(3), image);
            case "bitmap" -> bitmap(tool.subList(2, tool.size()), image);
            case "check" -> check(tool, image);
            case "measure" -> new Result(0, "{\"required\": " + image.required + ", \"bitmaps\": 0}", "");
            case "convert" -> convert(tool, image);
            default -> throw new AssertionError(tool);
        };
    }

    /** Takes a name only where it cannot pass for an option. */
    private static Result bitmap(List<String> words, Image image) {
        boolean plain = words.subList(0, 2).equals(List.of("--remove", "--"));
        return plain && (image.keepsBitmaps || image.bitmaps.remove(words.get(3)))
                ? new Result(0, "", "")
                : new Result(1, "", "qemu-img: Operation remove on bitmap " + words + " failed");
    }

    private static Result snapshot(String action, String tag, Image image) {
        List<String> names = image.names();
        if (action.equals("-c")) {
            if (image.losesOthersOnCreate) {
                image.snapshots.clear();
            }
            if (!image.createsNothing) {
                image.snapshots.add(new ImageInfo.Entry(tag, 0));
            }
            return new Result(0, "", "");
        }
        if (!names.contains(tag)) {
            return new Result(1, "", "qemu-img: Could not find snapshot '" + tag + "': snapshot not found");
        }
        if (action.equals("-d")) {
            image.snapshots.remove(names.indexOf(tag));
        }
        return new Result(0, "", "");
    }

    private static Result check(List<String> tool, Image image) {
        if (tool.contains("-r")) {
            image.leaks = 0;
            image.staleFlags = image.damaged > 0 ? image.staleFlags : 0;
            if (image.losesSnapshotsInRepair) {
                image.snapshots.clear();
            }
        }
        return new Result(
                0,
                "{\"leaks\":" + image.leaks + ",\"corruptions\":" + (image.damaged + image.staleFlags)
                        + ",\"check-errors\":0}",
                image.damaged > 0 ? "ERROR cluster 7 refcount=0 reference=1" : "");
    }

    private static Result io(List<String> tool, Image image) {
        for (String argument : tool) {
            String[] words = argument.split(" ");
            if (words[0].equals("flush") && tool.get(tool.size() - 1).contains("qcow2")) {
                image.dirty = false;
                image.damaged = 0;
            } else if (words[0].equals("write")) {
                int offset = Integer.parseInt(words[3]);
                int length = Integer.parseInt(words[4]);
                for (int at = offset; at < offset + length; at += 8) {
                    image.leaks += ByteBuffer.wrap(image.bytes).getLong(at) == 0 ? 0 : 1;
                    ByteBuffer.wrap(image.bytes).putLong(at, 0);
                }
            }
        }
        return new Result(0, "", "");
    }

    private static Result read(List<String> ranges, byte[] bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int at = 0; at < ranges.size(); at += 2) {
            if (ranges.get(at).startsWith("-")) {
                return new Result(0, "", "dd: invalid number: '" + ranges.get(at) + "'");
            }
            int begin = (int) Math.min(bytes.length, Long.parseLong(ranges.get(at)));
            int end = (int) Math.min(bytes.length, begin + Long.parseLong(ranges.get(at + 1)));
            all.write(bytes, begin, end - begin);
        }
        return new Result(0, Base64.getEncoder().encodeToString(all.toByteArray()), "");
    }

    private static String info(Image image) {
        JsonObject data = new JsonObject();
        data.addProperty("refcount-bits", image.refcountBits);
        data.addProperty("corrupt", image.corrupt);
        image.dataFile.ifPresent(file -> data.addProperty("data-file", file));
        JsonArray bitmaps = new JsonArray();
        for (String name : image.bitmaps) {
            JsonObject bitmap = new JsonObject();
            bitmap.addProperty("name", name);
            bitmaps.add(bitmap);
        }
        data.add("bitmaps", bitmaps);
        JsonObject specific = new JsonObject();
        specific.add("data", data);
        JsonArray snapshots = new JsonArray();
        for (ImageInfo.Entry entry : image.snapshots) {
            JsonObject snapshot = new JsonObject();
            snapshot.addProperty("name", entry.name());
            snapshot.addProperty("vm-state-size", entry.ramBytes());
            snapshots.add(snapshot);
        }
        JsonObject info = new JsonObject();
        info.addProperty("format", image.format);
        info.addProperty("virtual-size", image.virtualBytes);
        info.addProperty("actual-size", 200_704);
        info.addProperty("cluster-size", 65_536);
        info.addProperty("encrypted", image.encrypted);
        info.addProperty("dirty-flag", image.dirty);
        image.backing.ifPresent(base -> {
            info.addProperty("backing-filename", "relative");
            info.addProperty("full-backing-filename", base);
        });
        image.backingFormat.ifPresent(format -> info.addProperty("backing-filename-format", format));
        info.add("snapshots", snapshots);
        info.add("format-specific", specific);
        return info.toString();
    }
}
