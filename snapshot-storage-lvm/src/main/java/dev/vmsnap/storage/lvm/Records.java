package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VolumeState;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a VM's records in a small logical volume. It holds the text twice, in its two halves, each with its length
 * and checksum before it. The second half is written first, and each is on storage before the other is begun, so that
 * one of them is whole at any instant.
 */
final class Records {
    /** Reads its input into the second place and then the first, blocks of 4 KiB; both texts come one after the other. */
    private static final String WRITE =
            "dd of=\"$1\" bs=4096 seek=\"$3\" count=\"$2\" iflag=fullblock conv=fsync,nocreat"
                    + " && dd of=\"$1\" bs=4096 seek=0 count=\"$2\" iflag=fullblock conv=fsync,nocreat";

    /** Prints the first of the two texts that is as long as its head states and has that sum. */
    private static final String READ = """
            set -f
            for place in 0 "$2"; do
                head=$(dd if="$1" bs=4096 skip="$place" count=1 status=none | head -n 1 | head -c 120 | tr -d '\\000')
                set -- "$1" "$2" "$3" $head
                [ "$4 $5" = 'vmsnap-records 1' ] && [ "$6" -le "$3" ] 2>/dev/null || continue
                text() {
                    dd if="$1" bs=4096 skip="$place" count=$(((${#head} + $6) / 4096 + 1)) status=none |
                        tail -c +$((${#head} + 2)) | head -c "$6"
                }
                sum=$(text "$@" | sha256sum)
                if [ "${sum%% *}" = "$7" ]; then text "$@"; exit; fi
            done
            """;

    private static final Logger LOG = LoggerFactory.getLogger(Records.class);
    private static final int BLOCK = 4096;

    private final Lvm lvm;
    private final Groups groups;
    private final RamPlace secrets;

    Records(Lvm lvm, Groups groups, RamPlace secrets) {
        this.lvm = lvm;
        this.groups = groups;
        this.secrets = secrets;
    }

    /** Writes a copy in place of an older one, or if its tree is empty removes the older one. */
    void publish(
            List<LvPath> volumes, RecordsCopy copy, Set<SnapshotId> dropped, Supplier<List<VolumeState>> inspection) {
        Owner owner = lvm.owner();
        Scene scene = Scene.lookToChange(lvm, volumes);
        Optional<Lv> there = find(scene, owner);
        List<Lv> older = new ArrayList<>(all(scene).stream()
                .filter(lv -> lv.isOwnedBy(owner) && !there.equals(Optional.of(lv)))
                .toList());
        Predicate<Lv> yields = lv -> yields(lv, copy, dropped, inspection);
        if (copy.record().tree().isEmpty()) {
            there.ifPresent(older::add);
        } else {
            Optional<Lv> kept = there.filter(yields.negate());
            kept.ifPresent(lv -> keep(lv, owner));
            write(volumes, scene, kept.isPresent() ? Optional.empty() : there, Manifest.text(copy));
        }
        remove(older.stream().filter(yields).toList(), scene);
    }

    /** Removes the copies of other stores that hold nothing which a copy does not. */
    void supersede(List<LvPath> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        remove(
                ofOtherStores(scene).stream()
                        .filter(lv -> lv.owner()
                                .filter(whose -> stores.contains(whose.store()))
                                .isPresent())
                        .filter(lv -> isTaken(lv, copy, dropped))
                        .toList(),
                scene);
    }

    private boolean isTaken(Lv lv, RecordsCopy copy, Set<SnapshotId> dropped) {
        try {
            return dropped.containsAll(Manifest.unnamed(read(lv).orElse(""), copy));
        } catch (IllegalArgumentException stays) {
            return false;
        }
    }

    /** Reads the copies of all stores. */
    RecordsCopy.Found published(List<LvPath> volumes) {
        Scene scene = Scene.look(lvm, volumes);
        scene.report().unseen().values().stream().findFirst().ifPresent(why -> {
            throw why;
        });
        List<RecordsCopy> copies = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (Lv lv : all(scene)) {
            Optional<Owner> owner =
                    lv.owner().filter(whose -> whose.vm().equals(lvm.owner().vm()));
            if (owner.isPresent()) {
                try {
                    RecordsCopy copy = Manifest.read(read(lv).orElse(""));
                    if (copy.record().vm().equals(owner.get().vm())) {
                        copies.add(new RecordsCopy(
                                copy.store().or(() -> Optional.of(owner.get().store())),
                                copy.written(),
                                copy.record(),
                                copy.configurations()));
                    }
                } catch (IllegalArgumentException damaged) {
                    unreadable.add(lv.path().toString());
                }
            }
        }
        return new RecordsCopy.Found(copies, unreadable, stores(scene));
    }

    /** The stores that have made parts of the VM's volumes. */
    private static Set<String> stores(Scene scene) {
        return scene.subjects().stream()
                .flatMap(subject -> scene.ofOtherStores(subject).stream())
                .flatMap(lv -> lv.owner().stream())
                .filter(whose -> whose.vm().equals(scene.owner().vm()))
                .map(Owner::store)
                .collect(Collectors.toSet());
    }

    private boolean yields(Lv lv, RecordsCopy copy, Set<SnapshotId> dropped, Supplier<List<VolumeState>> inspection) {
        Optional<String> text = read(lv);
        if (text.isEmpty()) {
            // Without one whole text there is nothing to lose: its first write was interrupted.
            return true;
        }
        Set<SnapshotId> lost;
        try {
            lost = new HashSet<>(Manifest.lost(text.get(), copy));
        } catch (IllegalArgumentException stays) {
            return false;
        }
        lost.removeAll(dropped);
        return lost.isEmpty()
                || inspection.get().stream()
                        .allMatch(state -> state.fold(
                                seen -> seen.snapshots().keySet().stream().noneMatch(lost::contains),
                                absent -> true,
                                nothing -> false));
    }

    private void keep(Lv lv, Owner owner) {
        LvPath kept = Names.kept(lv.path(), sum(read(lv).orElse("").getBytes(StandardCharsets.UTF_8)));
        lvm.run(
                "keep the records of VM " + owner.vm(),
                new Script(groups).rename(lv.path(), kept).commands());
        LOG.warn(
                "VM {}: the records in {} are newer, or name snapshots that this store does not know; they are kept as {}",
                owner.vm(),
                lv.path(),
                kept);
    }

    /** Reads whichever of its two texts is whole; empty if none is. A volume that is not active is active meanwhile. */
    private Optional<String> read(Lv lv) {
        if (!lv.isActive()) {
            lvm.run("open " + lv.path(), new Script(groups).activate(lv.path()).commands());
        }
        try {
            String output = lvm.output(
                    "read " + lv.path(),
                    List.of(
                            "sh",
                            "-c",
                            READ,
                            "sh",
                            lv.path().device(),
                            Long.toString(lv.bytes() / BLOCK / 2),
                            Integer.toString(Manifest.MOST_BYTES)),
                    2 * Manifest.MOST_BYTES);
            return output.isEmpty() ? Optional.empty() : Optional.of(output);
        } finally {
            if (!lv.isActive()) {
                lvm.run(
                        "close " + lv.path(),
                        new Script(groups).deactivate(lv.path()).commands());
            }
        }
    }

    private void write(List<LvPath> volumes, Scene scene, Optional<Lv> there, String text) {
        Owner owner = lvm.owner();
        String half = half(text);
        long blocks = half.getBytes(StandardCharsets.UTF_8).length / BLOCK;
        LvPath path =
                there.map(Lv::path).orElseGet(() -> Names.records(volumes.get(0).group(), owner));
        VolumeGroup group = scene.group(path);
        long extents = group.extents(2 * blocks * BLOCK);
        long bytes =
                Math.max(extents * group.extentBytes(), there.map(Lv::bytes).orElse(0L));
        Script script = new Script(groups);
        Possession possession =
                Possession.of(scene.subject(volumes.get(0)), groups).take(script);
        if (there.isEmpty()) {
            create(script, path, scene.subject(volumes.get(0)), bytes, owner);
        } else {
            if (there.get().bytes() < bytes) {
                script.add("lvextend", "-y", "-l", Long.toString(extents), path.toString());
            }
            if (!there.get().isActive()) {
                script.activate(path);
            }
        }
        possession.letGo(script);
        lvm.run("make room for the records of VM " + owner.vm(), script.commands());
        long middle = bytes / BLOCK / 2;
        lvm.program(
                "write the records of VM " + owner.vm(),
                List.of("sh", "-c", WRITE, "sh", path.device(), Long.toString(blocks), Long.toString(middle)),
                half + half,
                lvm.limit(bytes));
    }

    private void remove(List<Lv> gone, Scene scene) {
        if (gone.isEmpty()) {
            return;
        }
        Possession possession = Possession.of(scene.subjects(), groups);
        secrets.wipe(gone, scene, possession);
        Script script = new Script(groups).remove(gone.stream().map(Lv::path).toList());
        possession.letGo(script);
        lvm.run("remove the records of VM " + lvm.owner().vm(), script.commands());
    }

    /** The text with a line before it that says how long it is and what it sums up to, filled up to whole blocks. */
    static String half(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String head = "vmsnap-records 1 " + bytes.length + " " + sum(bytes) + "\n";
        int length = head.length() + bytes.length;
        return head + text + "\n".repeat((BLOCK - length % BLOCK) % BLOCK);
    }

    /** Whether records of this store lie beside its present ones because they know more. */
    static boolean areKept(Scene scene) {
        return all(scene).stream()
                .anyMatch(lv -> lv.isOwnedBy(scene.owner())
                        && !lv.path().equals(Names.records(lv.path().group(), scene.owner())));
    }

    /** The records of the VM that other stores have written. */
    static List<Lv> ofOtherStores(Scene scene) {
        return all(scene).stream()
                .filter(lv -> lv.owner()
                        .filter(whose -> whose.vm().equals(scene.owner().vm())
                                && !whose.store().equals(scene.owner().store()))
                        .isPresent())
                .toList();
    }

    private static List<Lv> all(Scene scene) {
        return scene.report().volumes().values().stream()
                .filter(lv -> Names.isRecords(lv.path().name()))
                .toList();
    }

    private static Optional<Lv> find(Scene scene, Owner owner) {
        Optional<Lv> there = scene.report().groups().keySet().stream()
                .sorted()
                .flatMap(group -> scene.report().find(Names.records(group, owner)).stream())
                .findFirst();
        there.filter(lv -> !lv.isOwnedBy(owner)).ifPresent(lv -> {
            throw LvmFailure.of(Reason.BROKEN, lv.path() + " is there already and is not ours");
        });
        return there;
    }

    private static void create(Script script, LvPath path, Subject beside, long bytes, Owner owner) {
        Optional<Lv> volume = beside.disk();
        if (volume.filter(Lv::isThin).isPresent()) {
            script.add(
                    "lvcreate",
                    "-y",
                    "-kn",
                    "-V",
                    bytes + "b",
                    "-T",
                    "-n",
                    path.name(),
                    "--addtag",
                    owner.tag(),
                    path.group() + "/" + volume.get().pool());
        } else {
            script.add(
                    "lvcreate",
                    "-y",
                    "-kn",
                    "-Wn",
                    "-L",
                    bytes + "b",
                    "-n",
                    path.name(),
                    "--addtag",
                    owner.tag(),
                    path.group());
        }
    }

    private static String sum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
