package dev.vmsnap.storage.lvm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Commands of LVM's that follow each other. Whatever LVM would ask is answered with yes. */
final class Script {
    private final Groups groups;
    private final List<List<String>> commands = new ArrayList<>();

    Script(Groups groups) {
        this.groups = groups;
    }

    List<List<String>> commands() {
        return List.copyOf(commands);
    }

    boolean isEmpty() {
        return commands.isEmpty();
    }

    /** A snapshot with that much room of its own. Nobody can write to it. */
    Script thickSnapshot(LvPath origin, LvPath name, long extents, Owner owner) {
        return add(
                "lvcreate",
                "-ys",
                "-pr",
                "-n",
                name.name(),
                "-l",
                Long.toString(extents),
                "--addtag",
                owner.tag(),
                origin.toString());
    }

    /** A snapshot in the thin pool of its origin. Nobody can write to it, and it stays inactive. */
    Script thinSnapshot(LvPath origin, LvPath name, Owner owner) {
        return add("lvcreate", "-ys", "-pr", "-ky", "-n", name.name(), "--addtag", owner.tag(), origin.toString());
    }

    /** A volume that begins as a copy of a thin snapshot, with what the host said of the one whose place it will take. */
    Script thinCopy(LvPath snapshot, LvPath name, Lv like, Owner owner) {
        List<String> words = new ArrayList<>(List.of("lvcreate", "-ys", like.isReadOnly() ? "-pr" : "-prw"));
        words.add(like.skipsActivation() ? "-ky" : "-kn");
        words.addAll(like.isActive() ? List.of("-K", "-ay") : List.of("-an"));
        words.addAll(List.of("-n", name.name(), "--addtag", owner.tag()));
        List<String> marks = Subject.marks(like);
        like.tags().stream()
                .filter(tag -> !tag.isEmpty() && !marks.contains(tag))
                .forEach(tag -> words.addAll(List.of("--addtag", tag)));
        words.add(snapshot.toString());
        return add(words.toArray(String[]::new));
    }

    Script tag(LvPath path, Collection<String> tags) {
        return tags("--addtag", path, tags);
    }

    Script untag(LvPath path, Collection<String> tags) {
        return tags.isEmpty() ? this : tags("--deltag", path, tags);
    }

    /** Renames it, unless it is called like that already. */
    Script rename(LvPath from, LvPath to) {
        return from.equals(to) ? this : add("lvrename", "-y", from.toString(), to.name());
    }

    /** Activates it on this node, and in a shared group on this node only. */
    Script activate(LvPath path) {
        return add("lvchange", "-y", groups.isShared(path.group()) ? "-aey" : "-ay", "-K", path.toString());
    }

    Script deactivate(LvPath path) {
        return add("lvchange", "-y", "-an", path.toString());
    }

    /** Lets the changes of a snapshot flow back into its origin, and waits for the end of it. */
    Script merge(LvPath snapshot) {
        return add("lvconvert", "-y", "--merge", "-i", "1", snapshot.toString());
    }

    /** Lets LVM see to the end of a merge that nobody waits for any more. */
    Script poll(LvPath origin) {
        return add("lvchange", "-y", "--poll", "y", origin.toString());
    }

    /** Starts a merge that LVM has put off; LVM does nothing while the volume or the snapshot is open. */
    Script refresh(LvPath origin) {
        return add("lvchange", "-y", "--refresh", origin.toString());
    }

    Script remove(Collection<LvPath> paths) {
        if (paths.isEmpty()) {
            return this;
        }
        List<String> words = new ArrayList<>(List.of("lvremove", "-y"));
        paths.stream().map(LvPath::toString).distinct().forEach(words::add);
        return add(words.toArray(String[]::new));
    }

    Script add(String... words) {
        commands.add(Lvm.command(words));
        return this;
    }

    private Script tags(String option, LvPath path, Collection<String> tags) {
        List<String> words = new ArrayList<>(List.of("lvchange", "-y"));
        tags.forEach(tag -> words.addAll(List.of(option, tag)));
        words.add(path.toString());
        return add(words.toArray(String[]::new));
    }
}
