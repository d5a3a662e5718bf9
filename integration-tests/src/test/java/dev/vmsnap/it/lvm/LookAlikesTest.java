package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Names that somebody may have chosen to hurt, and volumes of others that look like ours. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class LookAlikesTest {
    private static final String GROUP = "v-g.+own";
    private static final String VM = "$(touch owned); 'q' \"&amp;\" --all";
    private static final List<String> TEXTS =
            List.of("$(touch /tmp/owned)", "-ff; lvremove -y vg_own", "vg_own/vda", "\uD83D\uDC27 'ü'");

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    @Test
    void hostileNamesAreOnlyNames() {
        lab.lvm("vgrename -q vg_own " + GROUP);
        lab.cleanUp(
                () -> lab.node().run("sh", "-c", "lvremove -q -y -ff " + GROUP + "; vgrename -q " + GROUP + " vg_own"));
        String plain = volume("a--b.c+d");
        volume("x_tdat-_tmet");
        Contents disks = new Contents(lab.node(), List.of(plain, "/dev/mapper/v--g.+own-x_tdat--_tmet"));
        NodeTicker ticker = NodeTicker.of(
                        lab.node(), LvmHost.guest(VM, disks.devices().toArray(String[]::new)))
                .createDisks()
                .define();
        LvmHost host =
                LvmHost.of(lab, ticker, events -> lab.engine(LvmStorage.inVolumeGroup(GROUP), b -> b.events(events)));
        Volumes.Space before = lab.volumes().space();

        String sums = disks.fill(1, 1);
        for (String text : TEXTS) {
            host.snapshots()
                    .create(host.vm(), SnapshotSpec.named(text).comment(text + "\n\tsecond line"), ADMIN)
                    .await();
        }
        disks.fill(2, 1);
        assertThat(host.tree().snapshots()).extracting(Snapshot::name).containsExactlyElementsOf(TEXTS);
        assertThat(lab.volumes().ours())
                .allMatch(
                        name -> name.matches("\\Q" + GROUP + "\\E/vmsnap\\.(records|s[0-9a-f]{32})\\.[0-9a-f]{8,16}"));
        host.restore(host.tree().snapshots().get(1));
        assertThat(disks.sums()).isEqualTo(sums);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();

        assertThat(lab.volumes().space()).isEqualTo(before);
        assertThat(lab.node().attempt("test", "-e", "/tmp/owned").exitCode()).isNotZero();
    }

    private String volume(String name) {
        lab.lvm("lvcreate -q -y -L 8m -n " + name + " " + GROUP);
        return "/dev/" + GROUP + "/" + name;
    }

    @Test
    void volumesOfOthersThatLookLikeOursAreNeverTouched() {
        lab.pool("pool", 64);
        Contents disks = new Contents(lab.node(), List.of(lab.thick("vda", 8), lab.thin("pool", "vdb", 8)));
        LvmHost host = LvmHost.of(lab, disks.devices().toArray(String[]::new));
        Snapshot first = host.create("first");
        String part = onlyPart(first, "vda");
        String tag = lab.volumes().find(part).orElseThrow().tags().iterator().next();
        String name = part.substring(part.indexOf('/') + 1);
        String suffix = name.substring(name.lastIndexOf('.'));
        lab.lvm(
                // Our name, and no tag; our name, and the tag of another store; our tag, and another name.
                "lvcreate -q -y -L 4m -n vmsnap.s00000000000000000000000000000001" + suffix + " vg_own",
                "lvcreate -q -y -L 4m -n vmsnap.s00000000000000000000000000000002" + suffix + " --addtag "
                        + tag.replaceFirst("vmsnap=[^/]*", "vmsnap=another-store") + " vg_own",
                "lvcreate -q -y -L 4m -n not-" + name + " --addtag " + tag + " vg_own",
                "lvcreate -q -y -L 4m -n vmsnap.records.0000000000000000 vg_own",
                "lvcreate -q -y -L 4m -n " + name + ".ram.old --addtag vmsnap vg_own",
                "lvcreate -q -y -L 4m -n vda-2 vg_own",
                // Snapshots of our own disks that somebody else has made.
                "lvcreate -q -y -s -L 12m -n theirs vg_own/vda",
                "lvcreate -q -y -s -kn -n theirs-too vg_own/vdb");
        Map<String, Volumes.Lv> others = others();
        assertThat(others).hasSize(8);

        disks.fill(1, 1);
        Snapshot second = host.create("second");
        host.restore(first);
        host.restore(second);
        host.delete(first);
        host.snapshots().recover();
        host.snapshots().doctor(host.vm());
        host.snapshots().vmDeleted(host.vm(), ADMIN).await();

        assertThat(others()).isEqualTo(others);
        assertThat(lab.volumes().ours()).allMatch(others::containsKey);
    }

    private String onlyPart(Snapshot snapshot, String origin) {
        return lab.volumes().all().entrySet().stream()
                .filter(lv -> lv.getKey().contains(snapshot.id().value()))
                .filter(lv -> lv.getValue().origin().equals(origin))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** What is not ours, without what changes by itself. */
    private Map<String, Volumes.Lv> others() {
        Map<String, Volumes.Lv> others = new TreeMap<>();
        lab.volumes().all().forEach((path, lv) -> {
            boolean theirs = path.matches("vg_own/(not-.*|vda-2|theirs.*|.*\\.ram\\.old|vmsnap\\.records\\.0{16}"
                    + "|vmsnap\\.s0{31}[12]\\..*)");
            if (theirs) {
                others.put(path, new Volumes.Lv(lv.attributes(), lv.bytes(), "", "", lv.tags()));
            }
        });
        return others;
    }
}
