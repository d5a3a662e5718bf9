package dev.vmsnap.storage.lvm;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.CopyProgress;
import dev.vmsnap.spi.DriverCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes volumes of their own from what snapshots have: in a thin pool at once, and elsewhere by reading all of it. Until a
 * copy is the host's it bears a tag that says whose it is and of which snapshot.
 */
final class Copies {
    private final Lvm lvm;
    private final Groups groups;

    Copies(Lvm lvm, Groups groups) {
        this.lvm = lvm;
        this.groups = groups;
    }

    /**
     * One copy.
     *
     * @param source the volume
     * @param place what it will be called
     * @param hidden what it is called before
     */
    private record Copy(LvPath source, LvPath place, LvPath hidden) {}

    private static List<Copy> copies(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        return volumes.stream()
                .map(volume -> {
                    LvPath source = Scene.path(volume);
                    LvPath place = LvPath.of(destinations.getOrDefault(volume.target(), ""))
                            .filter(path -> path.group().equals(source.group()))
                            .orElseThrow(() -> LvmFailure.of(
                                    Reason.BROKEN, "disk " + volume.target() + " has no destination in its group"));
                    return new Copy(source, place, Names.copy(place, id));
                })
                .toList();
    }

    void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        discard(volumes, id, destinations);
        List<Copy> copies = copies(volumes, id, destinations);
        Scene scene = look(copies);
        Script before = new Script(groups);
        Script after = new Script(groups);
        open(scene, before, after);
        copies.forEach(copy -> make(copy, scene, id, before));
        requireNotCancelled(call, id);
        lvm.run("make room for copies of snapshot " + id, before.commands());
        List<Copy> read = copies.stream()
                .filter(copy -> !scene.subject(copy.source()).isThin())
                .toList();
        for (int i = 0; i < read.size(); i++) {
            requireNotCancelled(call, id);
            fill(read.get(i), scene, id, i, read.size(), call);
        }
        lvm.run("close what copies of snapshot " + id + " were made from", after.commands());
        requireThere(copies, id);
        call.report(1);
    }

    /** What is not active cannot be read, and in a shared group nothing can be made from it. */
    private void open(Scene scene, Script before, Script after) {
        for (Subject subject : scene.subjects()) {
            boolean needed = !subject.isThin() || groups.isShared(subject.path().group());
            if (needed && !subject.volume().isActive()) {
                before.activate(subject.path());
                after.deactivate(subject.path());
            }
        }
    }

    private void make(Copy copy, Scene scene, SnapshotId id, Script script) {
        Subject subject = scene.subject(copy.source());
        Lv part = subject.part(id);
        if (scene.report().find(copy.hidden()).isPresent()) {
            throw LvmFailure.of(Reason.BROKEN, copy.hidden() + " is there already and is not ours");
        }
        if (part.isOverflown()) {
            throw LvmFailure.of(Reason.BROKEN, part.path() + " has overflown");
        }
        List<String> words = new ArrayList<>(List.of("lvcreate"));
        if (part.isThin()) {
            Pools.requireHealthy(scene, part);
            words.addAll(List.of("-ys", "-prw", "-kn"));
        } else {
            words.addAll(List.of("-y", "-kn", "-Zn", "-Wn", "-L", bytes(part, subject) + "b"));
        }
        words.addAll(List.of("-n", copy.hidden().name()));
        words.addAll(List.of("--addtag", scene.owner().tag(), "--addtag", Lv.copyTag(id)));
        words.add(part.isThin() ? part.path().toString() : copy.hidden().group());
        script.add(words.toArray(String[]::new));
    }

    /** A thick snapshot is as large as its volume was. */
    private static long bytes(Lv part, Subject subject) {
        return part.originBytes() > 0 ? part.originBytes() : subject.volume().bytes();
    }

    private void fill(Copy copy, Scene scene, SnapshotId id, int done, int all, DriverCall call) {
        Subject subject = scene.subject(copy.source());
        Lv part = subject.part(id);
        List<String> convert =
                List.of("qemu-img", "convert", "-p", "-n", "-t", "none", "-T", "none", "-f", "raw", "-O", "raw");
        List<String> words = Stream.concat(
                        convert.stream(),
                        Stream.of(part.path().device(), copy.hidden().device()))
                .toList();
        CopyProgress progress = new CopyProgress(share -> call.report((done + share) / all), call::cancelled);
        lvm.watched("copy " + part.path(), words, lvm.limit(bytes(part, subject)), progress);
    }

    /** Success is not believed. */
    private void requireThere(List<Copy> copies, SnapshotId id) {
        Scene scene = look(copies);
        for (Copy copy : copies) {
            Subject subject = scene.subject(copy.source());
            Lv part = subject.part(id);
            long wanted = part.isThin() ? part.bytes() : bytes(part, subject);
            boolean whole = ours(scene, copy.hidden(), id)
                    .filter(lv -> lv.bytes() == wanted && !lv.isUnusable())
                    .isPresent();
            if (!whole || part.isOverflown()) {
                throw LvmFailure.of(Reason.BROKEN, "the copy of " + copy.source() + " is not what it should be");
            }
        }
    }

    void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        List<Copy> copies = copies(volumes, id, destinations);
        Scene scene = look(copies);
        Script script = new Script(groups);
        for (Copy copy : copies) {
            if (ours(scene, copy.place(), id).isPresent()) {
                continue;
            }
            if (scene.report().find(copy.place()).isPresent()) {
                throw LvmFailure.of(Reason.IN_USE, copy.place() + " is there already");
            }
            if (ours(scene, copy.hidden(), id).isEmpty()) {
                throw LvmFailure.of(Reason.MISSING, "there is no copy for " + copy.place());
            }
            script.rename(copy.hidden(), copy.place());
        }
        lvm.run("name copies of snapshot " + id, script.commands());
    }

    void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        List<Copy> copies = copies(volumes, id, destinations);
        Scene scene = look(copies);
        List<LvPath> made = copies.stream()
                .flatMap(copy -> Stream.of(copy.hidden(), copy.place()))
                .flatMap(path -> ours(scene, path, id).stream())
                .map(Lv::path)
                .toList();
        lvm.run(
                "remove copies of snapshot " + id,
                new Script(groups).remove(made).commands());
    }

    void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        List<Copy> copies = copies(volumes, id, destinations);
        Scene scene = look(copies);
        Script script = new Script(groups);
        copies.forEach(
                copy -> ours(scene, copy.place(), id).ifPresent(lv -> script.untag(lv.path(), Subject.marks(lv))));
        lvm.run("hand over copies of snapshot " + id, script.commands());
    }

    private Scene look(List<Copy> copies) {
        return Scene.lookToChange(lvm, copies.stream().map(Copy::source).toList());
    }

    private static Optional<Lv> ours(Scene scene, LvPath path, SnapshotId id) {
        return scene.report()
                .find(path)
                .filter(lv -> lv.isOwnedBy(scene.owner()) && lv.tags().contains(Lv.copyTag(id)));
    }

    private static void requireNotCancelled(DriverCall call, SnapshotId id) {
        if (call.cancelled()) {
            throw new CancelledException("copying snapshot " + id);
        }
    }
}
