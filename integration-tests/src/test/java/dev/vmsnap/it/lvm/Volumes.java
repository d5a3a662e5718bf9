package dev.vmsnap.it.lvm;

import dev.vmsnap.lab.node.LabNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What LVM and the kernel say of a node, without the library.
 *
 * @param free bytes that are free, by volume group
 * @param all every logical volume, by group and name
 * @param devices names of the kernel's devices
 */
record Volumes(Map<String, Long> free, Map<String, Lv> all, Set<String> devices) {
    private static final String LOOK = """
            #!lvm
            vgs --noheadings --units b --nosuffix --separator | -o vg_name,vg_free
            lvs -a --noheadings --units b --nosuffix --separator | -o vg_name,lv_name,lv_attr,lv_size,origin,data_percent,lv_tags
            """;
    private static final int FIELDS_OF_A_GROUP = 2;
    /** The group that all nodes see. */
    private static final String SHARED = "vg_san";

    /** A logical volume, as {@code lvs} tells of it; hidden ones have their names in brackets. */
    record Lv(String attributes, long bytes, String origin, String dataPercent, Set<String> tags) {
        boolean isActive() {
            return attributes.charAt(4) == 'a';
        }

        boolean isPool() {
            return attributes.charAt(0) == 't';
        }
    }

    /** What must be the same again when everything of ours is gone. */
    record Space(Map<String, Long> free, Map<String, String> pools, Set<String> names, Set<String> devices) {}

    static Volumes on(LabNode node) {
        String said = run(node, List.of("sh", "-ec", "lvm /proc/self/fd/0; dmsetup ls"), LOOK);
        Map<String, Long> free = new TreeMap<>();
        Map<String, Lv> all = new TreeMap<>();
        Set<String> devices = new TreeSet<>();
        for (String line : said.lines().map(String::strip).toList()) {
            String[] fields = line.split("\\|", -1);
            if (fields.length == FIELDS_OF_A_GROUP) {
                free.put(fields[0], Long.valueOf(fields[1]));
            } else if (fields.length > FIELDS_OF_A_GROUP) {
                all.put(
                        fields[0] + "/" + fields[1],
                        new Lv(fields[2], Long.parseLong(fields[3]), fields[4], fields[5], Set.of(tags(fields[6]))));
            } else if (line.contains("\t")) {
                devices.add(line.substring(0, line.indexOf('\t')));
            }
        }
        return new Volumes(free, all, devices);
    }

    /** Runs LVM's commands one after the other until one fails, which is an error of the test. */
    static void lvm(LabNode node, String... commands) {
        run(node, List.of("lvm", "/proc/self/fd/0"), "#!lvm\n" + String.join("\n", commands) + "\n");
    }

    private static String run(LabNode node, List<String> command, String input) {
        return node.attempt(command, input.getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(2))
                .succeeded()
                .output();
    }

    private static String[] tags(String list) {
        return list.isEmpty() ? new String[0] : list.split(",");
    }

    /** The same without the shared group, which tests on other nodes fill and empty meanwhile. */
    Volumes own() {
        Map<String, Long> groups = new TreeMap<>(free);
        groups.remove(SHARED);
        Map<String, Lv> volumes = new TreeMap<>(all);
        volumes.keySet().removeIf(name -> name.startsWith(SHARED + "/"));
        return new Volumes(groups, volumes, devices);
    }

    Optional<Lv> find(String path) {
        return Optional.ofNullable(all.get(path));
    }

    /** Names of what is there for snapshots, in any group. */
    Set<String> ours() {
        return all.keySet().stream().filter(name -> name.contains("vmsnap")).collect(Collectors.toSet());
    }

    Space space() {
        Map<String, String> pools = new TreeMap<>();
        all.forEach((name, lv) -> {
            if (lv.isPool()) {
                pools.put(name, lv.dataPercent());
            }
        });
        return new Space(free, pools, all.keySet(), devices);
    }
}
