package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.NodeFiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where paths lead on a machine of which the table of mounts, the links and the directories are known. */
final class RouteTest {
    private static final List<String> TABLE = List.of(
            "1 0 8:1 / / rw - ext4 /dev/sda rw",
            "2 1 0:40 / /nas rw - nfs4 s:/guests rw,hard",
            "3 1 8:2 / /data rw - xfs /dev/sdb rw",
            "4 3 0:41 / /data/deep/nas rw - nfs s:/deep rw",
            "5 2 8:3 / /nas/vm/disk rw - ext4 /dev/sdc rw",
            "6 2 0:42 / /nas/sub rw - nfs4 s:/guests/sub rw",
            "7 1 0:43 / /my\\040nas rw - nfs4 s:/spaced rw");

    private final Map<String, String> links = new HashMap<>();
    private final Set<String> there = new HashSet<>();
    private final List<String> looked = new ArrayList<>();

    private Route route(String path) {
        return Route.of(path, MountTable.parse(String.join("\n", TABLE)), (from, names) -> {
            String at = from;
            for (int i = 0; i < names.size(); i++) {
                at += "/" + names.get(i);
                looked.add(at);
                if (links.containsKey(at)) {
                    return new Route.Met(i, Optional.of(links.get(at)));
                }
                if (!there.contains(at)) {
                    return new Route.Met(i, Optional.empty());
                }
            }
            return new Route.Met(names.size(), Optional.empty());
        });
    }

    private static void assertLeads(Route route, boolean own, String point, String source, String rest) {
        NodeFiles.Mount mount = route.mount().orElseThrow();
        assertThat(mount.point()).isEqualTo(point);
        assertThat(mount.source()).isEqualTo(source);
        assertThat(mount.rest()).isEqualTo(rest);
        assertThat(route.own()).isEqualTo(own);
    }

    @Test
    void aNetworkMountIsReachedWithoutALookAtIt() {
        assertLeads(route("/nas/vm/a.qcow2"), false, "/nas", "s:/guests", "/vm/a.qcow2");
        assertLeads(route("/nas"), false, "/nas", "s:/guests", "");
        assertLeads(route("//nas/./vm//a.qcow2"), false, "/nas", "s:/guests", "/vm/a.qcow2");

        assertThat(looked).isEmpty();
    }

    @Test
    void whatIsOnTheWayToItIsLookedAt() {
        there.addAll(Set.of("/data", "/data/deep"));

        assertLeads(route("/data/deep/nas/a"), false, "/data/deep/nas", "s:/deep", "/a");

        assertThat(looked).containsExactly("/data/deep");
    }

    @Test
    void aPathOnTheNodesOwnDisksLeadsThere() {
        there.addAll(Set.of("/data/vm", "/data/vm/a"));

        assertLeads(route("/data/vm/a"), true, "/data", "/dev/sdb", "/vm/a");
        assertLeads(route("/data/vm/new"), true, "/data", "/dev/sdb", "/vm/new");
        assertLeads(route("/data"), true, "/data", "/dev/sdb", "");
        assertLeads(route("/"), true, "/", "/dev/sda", "");
        assertThat(route("/data/none/new").mount()).isEmpty();
    }

    @Test
    void linksOutsideAreFollowed() {
        there.add("/guests");
        links.put("/guests/vm", "/nas/vm");
        links.put("/short", "nas");
        links.put("/up", "../../data/deep/../deep/nas");
        there.add("/data/deep");

        assertLeads(route("/guests/vm/a.qcow2"), false, "/nas", "s:/guests", "/vm/a.qcow2");
        assertLeads(route("/short/b"), false, "/nas", "s:/guests", "/b");
        assertLeads(route("/up/c"), false, "/data/deep/nas", "s:/deep", "/c");
        assertThat(looked).noneMatch(path -> path.startsWith("/nas") || path.startsWith("/data/deep/nas"));
    }

    @Test
    void aLinkBackToTheNodesOwnDiskLeadsThere() {
        links.put("/pool", "/data/vm");
        there.addAll(Set.of("/data/vm", "/data/vm/a"));

        assertLeads(route("/pool/a"), true, "/data", "/dev/sdb", "/vm/a");
    }

    @Test
    void linksThatLeadInCirclesAreAFailure() {
        links.put("/a", "/b");
        links.put("/b", "a");

        assertThatThrownBy(() -> route("/a/x")).isInstanceOf(DriverException.class);
    }

    @Test
    void aMountInsideAMountIsFoundByNameAndStillReachedThroughTheServer() {
        assertLeads(route("/nas/sub/a"), false, "/nas/sub", "s:/guests/sub", "/a");
        assertLeads(route("/nas/vm/disk/a"), false, "/nas/vm/disk", "/dev/sdc", "/a");

        assertThat(looked).isEmpty();
    }

    @Test
    void insideANetworkMountAWayUpIsLeftAsItIs() {
        assertLeads(route("/nas/../etc/shadow"), false, "/nas", "s:/guests", "/../etc/shadow");
        assertLeads(route("/nas/x/../sub/a"), false, "/nas", "s:/guests", "/x/../sub/a");

        assertThat(looked).isEmpty();
    }

    @Test
    void aWayUpOnTheNodesOwnDisksIsGone() {
        there.addAll(Set.of("/data/vm", "/etc"));

        assertLeads(route("/data/vm/../../nas/a"), false, "/nas", "s:/guests", "/a");
        assertLeads(route("/../../etc"), true, "/", "/dev/sda", "/etc");
    }

    @Test
    void namesThatLookLikeOthersAreOthers() {
        there.addAll(Set.of("/nas2", "/nas2/a"));

        assertLeads(route("/nas2/a"), true, "/", "/dev/sda", "/nas2/a");
        assertLeads(route("/my nas/a"), false, "/my nas", "s:/spaced", "/a");
    }

    @Test
    void withoutATableNothingIsKnown() {
        Route route = Route.of("/x", MountTable.parse(""), (from, names) -> new Route.Met(0, Optional.empty()));

        assertThat(route.mount()).isEmpty();
    }
}
