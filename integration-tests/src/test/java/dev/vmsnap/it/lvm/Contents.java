package dev.vmsnap.it.lvm;

import dev.vmsnap.lab.node.LabNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What is on devices of a node that no guest uses.
 *
 * @param node where they are
 * @param devices their paths
 */
record Contents(LabNode node, List<String> devices) {
    private static final int CHANGES = 6;
    private static final String CHANGE_AND_SUM = "blocks=$1; shift; for device; do for block in $blocks; do"
            + " dd if=/dev/urandom of=\"$device\" bs=4096 seek=\"$block\" count=1 conv=notrunc status=none; done; done;"
            + " md5sum \"$@\"";

    /**
     * Writes to random places of each device.
     *
     * @param blocks how many blocks of 4 KiB they have
     * @return {@link #sums} afterwards
     */
    String change(Random random, int blocks) {
        StringBuilder places = new StringBuilder();
        random.ints(CHANGES, 0, blocks).forEach(block -> places.append(block).append(' '));
        return shell(CHANGE_AND_SUM, places.toString());
    }

    /** Fills a part of each device with what does not compress. */
    String fill(int fromMebibyte, int mebibytes) {
        return shell("for device; do dd if=/dev/urandom of=\"$device\" bs=1M seek=" + fromMebibyte + " count="
                + mebibytes + " conv=notrunc,fsync status=none; done; md5sum \"$@\"");
    }

    /** A checksum of all of each device. */
    String sums() {
        return shell("md5sum \"$@\"");
    }

    private String shell(String script, String... first) {
        List<String> words = new ArrayList<>(List.of("sh", "-ec", script, "sh"));
        words.addAll(List.of(first));
        words.addAll(devices);
        return node.run(words.toArray(String[]::new));
    }
}
