package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

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

    private static final int BLOCK = 4096;

    private final Lvm lvm;
    private final Groups groups;
    private final RamPlace secrets;

    Records(Lvm lvm, Groups groups, RamPlace secrets) {
        this.lvm = lvm;
        this.groups = groups;
        this.secrets = secrets;
    }

    void write(List<LvPath> volumes, String text) {
        Owner owner = lvm.owner();
        Scene scene = Scene.lookToChange(lvm, volumes);
        String half = half(text);
        long blocks = half.length() == 0 ? 0 : half.getBytes(StandardCharsets.UTF_8).length / BLOCK;
        Optional<Lv> there = find(scene, owner).stream().findFirst();
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

    void remove(List<LvPath> volumes) {
        Owner owner = lvm.owner();
        Scene scene = Scene.lookToChange(lvm, volumes);
        List<Lv> there = find(scene, owner);
        if (there.isEmpty()) {
            return;
        }
        Possession possession = Possession.of(scene.subjects(), groups);
        secrets.wipe(there, scene, possession);
        Script script = new Script(groups).remove(there.stream().map(Lv::path).toList());
        possession.letGo(script);
        lvm.run("remove the records of VM " + owner.vm(), script.commands());
    }

    /** The text with a line before it that says how long it is and what it sums up to, filled up to whole blocks. */
    static String half(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String head = "vmsnap-records 1 " + bytes.length + " " + sum(bytes) + "\n";
        int length = head.length() + bytes.length;
        return head + text + "\n".repeat((BLOCK - length % BLOCK) % BLOCK);
    }

    private static List<Lv> find(Scene scene, Owner owner) {
        List<Lv> there = scene.report().groups().keySet().stream()
                .sorted()
                .flatMap(group -> scene.report().find(Names.records(group, owner)).stream())
                .toList();
        there.stream().filter(lv -> !lv.isOwnedBy(owner)).findFirst().ifPresent(lv -> {
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
