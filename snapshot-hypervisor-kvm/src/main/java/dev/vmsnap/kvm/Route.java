package dev.vmsnap.kvm;

import dev.vmsnap.spi.NodeFiles;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a path leads, found name by name with the table of mounts in hand: a mount that is not the node's own ends the
 * search before anything in it is looked at.
 *
 * @param mount what it leads to; empty when its directory is missing on the node's own file systems
 * @param own whether every file system on the way is the node's own
 */
record Route(Optional<NodeFiles.Mount> mount, boolean own) {
    private static final int MOST_LINKS = 40;

    /** Looks at directories of the node's own. */
    interface Looks {
        /**
         * Goes down by names that are no mount points.
         *
         * @param from a real directory, without a slash at its end; empty for the root
         * @param names at least one
         */
        Met down(String from, List<String> names);
    }

    /**
     * What was met.
     *
     * @param plain how many names are there and are no links
     * @param link where the next one leads when it is a link; empty when it is none, or is missing
     */
    record Met(int plain, Optional<String> link) {}

    /**
     * Finds out.
     *
     * @param path an absolute path
     * @throws dev.vmsnap.DriverException {@code BROKEN} when it leads in circles
     */
    static Route of(String path, MountTable table, Looks looks) {
        Optional<MountTable.Entry> root = table.root();
        return root.isEmpty() ? new Route(Optional.empty(), true) : new Search(table, looks, root.get(), path).route();
    }

    private static final class Search {
        private final MountTable table;
        private final Looks looks;
        private final MountTable.Entry root;
        private final String path;
        private final Deque<String> left;

        private MountTable.Entry on;
        private String at = "";
        private int links;

        Search(MountTable table, Looks looks, MountTable.Entry root, String path) {
            this.table = table;
            this.looks = looks;
            this.root = root;
            this.path = path;
            this.left = names(path);
            this.on = root;
        }

        Route route() {
            while (on.own() && !left.isEmpty()) {
                if (left.peek().equals("..")) {
                    left.pop();
                    at = at.isEmpty() ? "" : at.substring(0, at.lastIndexOf('/'));
                    on = mountOf(at);
                } else if (!down()) {
                    boolean onlyTheLast = left.size() == 1;
                    Optional<NodeFiles.Mount> mount = onlyTheLast
                            ? Optional.of(mount(on, on.point(), below(on.point()) + "/" + left.peek()))
                            : Optional.empty();
                    return new Route(mount, true);
                }
            }
            return on.own() ? new Route(Optional.of(mount(on, on.point(), below(on.point()))), true) : inside();
        }

        /** Goes down as far as the next mount point or link; false when a name is missing. */
        private boolean down() {
            MountTable.@Nullable Entry next = null;
            List<String> plain = new ArrayList<>();
            String reached = at;
            for (String name : left) {
                if (name.equals("..")) {
                    break;
                }
                reached += "/" + name;
                next = table.over(on, reached).orElse(null);
                if (next != null) {
                    break;
                }
                plain.add(name);
            }
            Met met = plain.isEmpty() ? new Met(0, Optional.empty()) : looks.down(at, plain);
            for (int i = 0; i < met.plain(); i++) {
                at += "/" + left.pop();
            }
            if (met.plain() == plain.size()) {
                if (next != null) {
                    at += "/" + left.pop();
                    on = next;
                }
                return true;
            }
            met.link().ifPresent(this::follow);
            return met.link().isPresent();
        }

        private void follow(String target) {
            if (++links > MOST_LINKS) {
                throw Failures.broken("too many symbolic links on the way to " + path);
            }
            left.pop();
            names(target).descendingIterator().forEachRemaining(left::push);
            if (target.startsWith("/")) {
                at = "";
                on = root;
            }
        }

        /** Inside a mount that must not be asked a path is only text, but other mounts there are known. */
        private Route inside() {
            String point = at;
            StringBuilder rest = new StringBuilder();
            boolean text = true;
            for (String name : left) {
                rest.append('/').append(name);
                text &= !name.equals("..");
                Optional<MountTable.Entry> next = text ? table.over(on, point + rest) : Optional.empty();
                if (next.isPresent()) {
                    on = next.get();
                    point += rest;
                    rest.setLength(0);
                }
            }
            return new Route(Optional.of(mount(on, point, rest.toString())), false);
        }

        private MountTable.Entry mountOf(String directory) {
            MountTable.Entry found = root;
            String reached = "";
            for (String name : names(directory)) {
                reached += "/" + name;
                found = table.over(found, reached).orElse(found);
            }
            return found;
        }

        private String below(String point) {
            return point.equals("/") ? at : at.substring(point.length());
        }

        private static NodeFiles.Mount mount(MountTable.Entry entry, String point, String rest) {
            return new NodeFiles.Mount(
                    point.isEmpty() ? "/" : point, entry.type(), entry.source(), entry.options(), rest);
        }

        private static Deque<String> names(String path) {
            Deque<String> names = new ArrayDeque<>();
            Arrays.stream(path.split("/"))
                    .filter(name -> !name.isEmpty() && !name.equals("."))
                    .forEach(names::add);
            return names;
        }
    }
}
