package dev.vmsnap.storage.file.image;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records which states of an image, the active one and its snapshots, name its clusters: two bytes for each cluster, in
 * pages that are there only where a cluster is named. Whatever a damaged table names, it stays small.
 */
final class ClusterOwners {
    /** The owner of what the active state names, whoever else does. */
    static final int ACTIVE = 1;

    /** The owner of what several snapshots name and the active state does not. */
    static final int SEVERAL = 2;

    private static final int FIRST_SNAPSHOT = 3;

    /** How many snapshots can be told apart. */
    static final int MOST_SNAPSHOTS = (1 << Short.SIZE) - FIRST_SNAPSHOT;

    private static final int PAGE_BITS = 16;
    private static final int MOST_BYTES = 192 << 20;

    private final boolean weighed;
    private final int mostPages;
    private final Map<Long, Page> pages = new HashMap<>();
    private long lastNumber = -1;
    private @Nullable Page last;

    /** Makes it for an image of whose clusters only parts may be in use, or not. */
    ClusterOwners(boolean weighed) {
        this.weighed = weighed;
        this.mostPages = (MOST_BYTES >> PAGE_BITS) / (weighed ? Short.BYTES + Byte.BYTES : Short.BYTES);
    }

    /** The owner that a snapshot is, by its place in the directory. */
    static int snapshot(int index) {
        return FIRST_SNAPSHOT + index;
    }

    /** The owner of what two owners name. */
    static int both(int one, int other) {
        if (one == other) {
            return one;
        }
        return one == ACTIVE || other == ACTIVE ? ACTIVE : SEVERAL;
    }

    /**
     * Says that a state names a cluster.
     *
     * @param cluster its number in the file
     * @param owner who names it
     * @param weight how much of it is in use; 1 where clusters are not weighed
     */
    void add(long cluster, int owner, int weight) {
        Page page = page(cluster >>> PAGE_BITS);
        int at = (int) cluster & ((1 << PAGE_BITS) - 1);
        int before = Short.toUnsignedInt(page.owners[at]);
        page.owners[at] = (short) (before == 0 ? owner : both(before, owner));
        if (weighed) {
            page.weights[at] = (byte) Math.max(page.weights[at], weight);
        }
    }

    /** What each owner has: the weights of its clusters, by owner. */
    long[] totals() {
        long[] totals = new long[1 << Short.SIZE];
        for (Page page : pages.values()) {
            for (int at = 0; at < page.owners.length; at++) {
                totals[Short.toUnsignedInt(page.owners[at])] += weighed ? page.weights[at] : 1;
            }
        }
        return totals;
    }

    private Page page(long number) {
        Page page = last;
        if (page == null || number != lastNumber) {
            if (!pages.containsKey(number) && pages.size() >= mostPages) {
                throw Qcow2Header.unknown("its snapshots have more clusters than are counted");
            }
            page = pages.computeIfAbsent(number, none -> new Page(weighed));
            last = page;
            lastNumber = number;
        }
        return page;
    }

    private static final class Page {
        private final short[] owners = new short[1 << PAGE_BITS];
        private final byte[] weights;

        Page(boolean weighed) {
            weights = new byte[weighed ? owners.length : 0];
        }
    }
}
