package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.storage.lvm.SimulatedVolume.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One volume group of 4 MiB extents and the commands that the driver uses, as LVM 2.03 behaves: what it refuses, what it
 * removes along, what a merge does to the other snapshots. Unknown commands and options are errors.
 */
final class SimulatedLvm implements Commands {
    static final String GROUP = "vg";
    static final long EXTENT = 4L << 20;

    final Map<String, SimulatedVolume> volumes = new LinkedHashMap<>();
    final List<String> ran = new ArrayList<>();
    final List<String> processes = new ArrayList<>();
    final Map<String, String> blocks = new LinkedHashMap<>();
    /** Where links lead that are no names of LVM's, each hop of the way. */
    final Map<String, List<String>> links = new LinkedHashMap<>();

    /** The name and the UUID that device-mapper reports for a device. */
    final Map<String, List<String>> mapped = new LinkedHashMap<>();

    /** The separator that the node's lvm.conf puts between the parts of a list. */
    String separator = ",";

    /** Whether the node does not show the group: a filter, a lost path, an export. */
    boolean groupHidden;

    /** Whether a report does not end: a device does not answer. */
    boolean silent;

    /** Whether LVM reports success for removals that it does not do. */
    boolean ignoresRemoval;

    /** Whether the node has no LVM. */
    boolean toolMissing;

    String groupUuid = "uuid-of-vg";
    String groupAttributes = "wz--n-";
    String lockType = "";
    long totalExtents = 100;
    /** Dies before the n-th command from now that changes something; or in the middle of it when it is a merge. */
    int dieBefore = Integer.MAX_VALUE;

    /** Somebody takes so many extents as soon as any are freed. */
    long grabbed;

    /** What is said of a command that holds the key; it then does nothing. */
    final Map<String, String> failures = new LinkedHashMap<>();

    /** Whether something holds the VM's lock on the node for ever. */
    boolean isLocked;

    /** Commands that the driver's last process had not run when it died. */
    private final List<String> abandoned = new ArrayList<>();

    /** Commands that a process which outlives a dead driver has still to run. */
    final List<String> orphans = new ArrayList<>();

    Runnable betweenCommands = () -> {};

    /** The driver's process is gone. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** A command that fails, as LVM says it. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    SimulatedVolume linear(String name, long extents) {
        return add(new SimulatedVolume(Kind.LINEAR, name, extents));
    }

    SimulatedVolume pool(String name, long extents) {
        return add(new SimulatedVolume(Kind.POOL, name, extents));
    }

    SimulatedVolume thin(String name, String pool, long extents) {
        SimulatedVolume volume = add(new SimulatedVolume(Kind.THIN, name, extents));
        volume.pool = get(pool);
        return volume;
    }

    SimulatedVolume get(String name) {
        return find(name)
                .orElseThrow(() -> new Refused("Failed to find logical volume \"" + GROUP + "/" + name + "\""));
    }

    Optional<SimulatedVolume> find(String name) {
        return Optional.ofNullable(volumes.get(name));
    }

    List<String> names() {
        return List.copyOf(volumes.keySet());
    }

    /** Writes as a guest does; each thick snapshot keeps what was there. */
    void write(String name, String content, long changedExtents) {
        SimulatedVolume volume = get(name);
        volume.content = content;
        changed(volume, changedExtents, null);
    }

    long freeExtents() {
        return totalExtents
                - grabbed
                - volumes.values().stream()
                        .filter(volume -> !volume.isThin())
                        .mapToLong(volume -> volume.extents)
                        .sum();
    }

    @Override
    public Result run(Command command) {
        List<String> words = command.arguments();
        if (words.get(0).equals("flock")) {
            if (isLocked) {
                return new Result(75, "", "");
            }
            while (!orphans.isEmpty()) {
                orphanGoesOn();
            }
            words = words.subList(6, words.size());
        }
        processes.add(words.get(0));
        if (words.get(0).equals("sh") && words.contains("-c") && words.get(2).contains("readlink")) {
            return new Result(0, resolved(words.subList(4, words.size())), "");
        }
        if (words.get(0).equals("sh") && words.contains("-c") && words.get(2).contains("sha256sum")) {
            return new Result(0, whole(blocks.getOrDefault(device(words.get(4)).name, "")), "");
        }
        boolean reports = words.get(0).equals("lvs") || words.get(0).equals("vgs");
        if (toolMissing) {
            return new Result(127, "", "env: '" + words.get(0) + "': No such file or directory\n");
        }
        if (reports && silent) {
            throw new DriverException("test", DriverException.Reason.TIMEOUT, "lvs was given up after 30000 ms");
        }
        if (reports && groupHidden) {
            return new Result(
                    5,
                    SimulatedReport.nothing(),
                    "  Volume group \"" + GROUP + "\" not found\n  Cannot process volume group " + GROUP + "\n");
        }
        try {
            String output = "";
            if (words.get(0).equals("lvm")) {
                List<String> lines = command.input().lines().toList();
                if (!lines.get(0).startsWith("#!") || !words.get(1).equals("/proc/self/fd/0")) {
                    throw new Refused("No such command.");
                }
                script(lines.subList(1, lines.size()));
            } else {
                output = reports ? SimulatedReport.of(this, words) : change(words, command.input());
            }
            return new Result(0, output, "  WARNING: This metadata update is NOT backed up.\n");
        } catch (Refused refused) {
            return new Result(5, "", "  WARNING: nonsense not found.\n  " + refused.getMessage() + "\n");
        }
    }

    /** The first of the two texts, as its head gives its length. */
    private static String whole(String blocks) {
        if (!blocks.startsWith("vmsnap-records 1 ")) {
            return "";
        }
        byte[] bytes = blocks.getBytes(StandardCharsets.UTF_8);
        int head = blocks.indexOf('\n') + 1;
        int length = Integer.parseInt(blocks.split(" ", -1)[2]);
        return new String(bytes, head, length, StandardCharsets.UTF_8);
    }

    private String resolved(List<String> paths) {
        StringBuilder output = new StringBuilder();
        for (String path : paths) {
            List<String> hops = links.getOrDefault(path, List.of(path));
            hops.forEach(hop -> output.append("hop ").append(hop).append('\n'));
            List<String> device = mapped.getOrDefault(hops.get(hops.size() - 1), List.of());
            if (!device.isEmpty()) {
                output.append("name ")
                        .append(device.get(0))
                        .append("\nuuid ")
                        .append(device.get(1))
                        .append('\n');
            }
            output.append('\n');
        }
        return output.toString();
    }

    private void script(List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).length() > 253) {
                throw new Refused("Line too long (max 255) beginning: " + lines.get(i));
            }
            try {
                change(List.of(lines.get(i).split(" ")), "");
            } catch (Killed killed) {
                abandoned.addAll(lines.subList(isMerging() ? i + 1 : i, lines.size()));
                throw killed;
            }
        }
    }

    /** The node's process has not died with the driver. */
    void goOnAfterDeath() {
        orphans.addAll(abandoned);
    }

    /** The process that a dead driver has left goes on by a command; it ends at the first that fails. */
    void orphanGoesOn() {
        if (orphans.isEmpty()) {
            return;
        }
        Runnable between = betweenCommands;
        betweenCommands = () -> {};
        try {
            volumes.values().stream()
                    .filter(volume -> volume.merging && volume.origin == null)
                    .toList()
                    .forEach(this::finishMerge);
            change(List.of(orphans.remove(0).split(" ")), "");
        } catch (Refused refused) {
            orphans.clear();
        } finally {
            betweenCommands = between;
        }
    }

    boolean isMerging() {
        return volumes.values().stream().anyMatch(volume -> volume.merging);
    }

    /** Whether a snapshot is there, under whatever name, or flowing back. */
    boolean holdsPart(SnapshotId id) {
        return volumes.keySet().stream()
                .flatMap(name -> Names.read(name).stream())
                .anyMatch(meaning -> meaning.id().equals(id) && meaning.kind() == Names.Kind.PART);
    }

    private String change(List<String> words, String input) {
        betweenCommands.run();
        boolean dies = --dieBefore <= 0;
        if (dies && !words.contains("--merge")) {
            throw new Killed();
        }
        String line = String.join(" ", words);
        failures.forEach((part, message) -> {
            if (line.contains(part)) {
                throw new Refused(message);
            }
        });
        ran.add(line);
        SimulatedArguments arguments = new SimulatedArguments(words);
        switch (words.get(0)) {
            case "lvcreate" -> create(arguments);
            case "lvchange" -> alter(arguments);
            case "lvrename" -> rename(arguments);
            case "lvremove" -> arguments.paths().forEach(this::remove);
            case "lvconvert" -> merge(get(arguments.path()), dies);
            case "lvextend", "lvreduce" -> resize(arguments);
            case "blkdiscard" -> device(words.get(2)).content = "";
            case "qemu-img" ->
                device(words.get(words.size() - 1)).content = device(words.get(words.size() - 2)).content;
            case "sh" -> blocks.put(device(words.get(4)).name, input);
            default -> throw new Refused("No such command " + words);
        }
        return "";
    }

    private void create(SimulatedArguments arguments) {
        String name = arguments.value("-n");
        if (volumes.containsKey(name)) {
            throw new Refused("Logical Volume \"" + name + "\" already exists in volume group \"" + GROUP + "\"");
        }
        SimulatedVolume made = arguments.has("-s")
                ? snapshot(arguments, name)
                : arguments.has("-V")
                        ? thinVolume(arguments, name)
                        : new SimulatedVolume(Kind.LINEAR, name, arguments.bytes("-L") / EXTENT);
        if (!made.isThin() && made.extents > freeExtents()) {
            throw new Refused("Volume group \"" + GROUP + "\" has insufficient free space (" + freeExtents()
                    + " extents): " + made.extents + " required.");
        }
        made.tags.addAll(arguments.values("--addtag"));
        made.readOnly = arguments.has("-pr");
        made.skipsActivation = arguments.has("-ky");
        made.active = !arguments.has("-an") && (!made.skipsActivation || arguments.has("-K"));
        if (made.kind == Kind.THICK_SNAPSHOT) {
            made.active = made.origin.active;
        }
        add(made);
    }

    private SimulatedVolume snapshot(SimulatedArguments arguments, String name) {
        SimulatedVolume origin = get(arguments.path());
        if (origin.merging) {
            throw new Refused("Snapshots of an origin that has a merging snapshot are not supported.");
        }
        if (arguments.has("-l")) {
            SimulatedVolume made =
                    new SimulatedVolume(Kind.THICK_SNAPSHOT, name, Long.parseLong(arguments.value("-l")));
            made.origin = origin;
            made.originExtents = origin.extents;
            made.content = origin.content;
            return made;
        }
        if (!origin.isThin()) {
            throw new Refused("Please specify either size or extents.");
        }
        requirePoolBelowThreshold(origin.pool);
        SimulatedVolume made = new SimulatedVolume(Kind.THIN, name, origin.extents);
        made.pool = origin.pool;
        made.content = origin.content;
        return made;
    }

    private SimulatedVolume thinVolume(SimulatedArguments arguments, String name) {
        SimulatedVolume pool = get(arguments.path());
        requirePoolBelowThreshold(pool);
        SimulatedVolume made = new SimulatedVolume(Kind.THIN, name, arguments.bytes("-V") / EXTENT);
        made.pool = pool;
        return made;
    }

    private static void requirePoolBelowThreshold(SimulatedVolume pool) {
        if (pool.dataPercent >= 100) {
            throw new Refused(
                    "Free space in pool " + GROUP + "/" + pool.name + " is above threshold, new volumes are not"
                            + " allowed: free space in thin pool reached threshold");
        }
    }

    private void alter(SimulatedArguments arguments) {
        SimulatedVolume volume = get(arguments.path());
        if (arguments.has("-an")) {
            if (volume.open) {
                throw new Refused("Logical volume " + GROUP + "/" + volume.name + " in use.");
            }
            setActive(volume, false);
        } else if (arguments.has("-ay") || arguments.has("-aey")) {
            if ((!volume.skipsActivation || arguments.has("-K")) && !volume.barred) {
                setActive(volume, true);
            }
        } else if (arguments.has("--poll")) {
            finishMerge(volume);
        } else if (arguments.has("--refresh")) {
            volume.delayed &= isHeld(volume);
        } else {
            volume.tags.addAll(arguments.values("--addtag"));
            arguments.values("--deltag").forEach(volume.tags::remove);
        }
    }

    private void setActive(SimulatedVolume volume, boolean active) {
        volume.active = active;
        snapshotsOf(volume).forEach(snapshot -> snapshot.active = active);
    }

    private void rename(SimulatedArguments arguments) {
        List<String> names = arguments.paths();
        SimulatedVolume volume = get(names.get(0));
        if (volumes.containsKey(names.get(1))) {
            throw new Refused("Logical Volume \"" + names.get(1) + "\" already exists in volume group");
        }
        volumes.remove(volume.name);
        String content = blocks.remove(volume.name);
        volume.name = names.get(1);
        if (content != null) {
            blocks.put(volume.name, content);
        }
        add(volume);
    }

    private void remove(String name) {
        SimulatedVolume volume = get(name);
        if (ignoresRemoval) {
            return;
        }
        if (volume.open) {
            throw new Refused("Logical volume " + GROUP + "/" + name + " in use.");
        }
        if (volume.merging) {
            throw new Refused("Can't remove merging snapshot logical volume " + GROUP + "/" + name + ".");
        }
        snapshotsOf(volume).forEach(snapshot -> volumes.remove(snapshot.name));
        volumes.remove(name);
    }

    private void merge(SimulatedVolume snapshot, boolean dies) {
        if (snapshot.kind != Kind.THICK_SNAPSHOT || snapshot.invalid || snapshot.merging) {
            throw new Refused("Unable to merge " + snapshot.name);
        }
        if (!snapshot.origin.active || snapshot.origin.open) {
            throw new Refused("the driver must not let a merge wait for the next activation");
        }
        snapshot.merging = true;
        snapshot.origin.merging = true;
        snapshot.origin.delayed = snapshot.open;
        if (dies) {
            throw new Killed();
        }
        finishMerge(snapshot.origin);
    }

    private void finishMerge(SimulatedVolume origin) {
        Optional<SimulatedVolume> merging =
                snapshotsOf(origin).stream().filter(s -> s.merging).findFirst();
        if (merging.isEmpty() || !origin.active || origin.delayed) {
            return;
        }
        SimulatedVolume snapshot = merging.get();
        origin.content = snapshot.content;
        origin.merging = false;
        changed(origin, snapshot.usedExtents, snapshot);
        volumes.remove(snapshot.name);
    }

    private boolean isHeld(SimulatedVolume origin) {
        return origin.open || snapshotsOf(origin).stream().anyMatch(snapshot -> snapshot.merging && snapshot.open);
    }

    private void changed(SimulatedVolume origin, long extents, SimulatedVolume except) {
        snapshotsOf(origin).stream().filter(s -> s != except).forEach(s -> {
            s.usedExtents += extents;
            s.invalid |= s.usedExtents > s.extents;
            s.usedExtents = Math.min(s.usedExtents, s.extents);
        });
    }

    private void resize(SimulatedArguments arguments) {
        SimulatedVolume volume = get(arguments.path());
        long extents = Long.parseLong(arguments.value("-l"));
        if (!volume.isThin() && extents - volume.extents > freeExtents()) {
            throw new Refused("Insufficient free space: " + extents + " extents needed");
        }
        volume.extents = extents;
    }

    private List<SimulatedVolume> snapshotsOf(SimulatedVolume origin) {
        return volumes.values().stream().filter(v -> v.origin == origin).toList();
    }

    private SimulatedVolume device(String path) {
        SimulatedVolume volume = get(path.substring(path.lastIndexOf('/') + 1));
        if (!volume.active) {
            throw new Refused(path + ": No such file or directory");
        }
        return volume;
    }

    private SimulatedVolume add(SimulatedVolume volume) {
        volumes.put(volume.name, volume);
        return volume;
    }
}
