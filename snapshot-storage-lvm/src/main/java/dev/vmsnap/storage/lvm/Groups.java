package dev.vmsnap.storage.lvm;

import dev.vmsnap.StorageKind;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The volume groups that are ours to work in, as the host has told.
 *
 * @param kinds local or shared, by name
 */
record Groups(Map<String, StorageKind> kinds) {
    Groups {
        kinds = Map.copyOf(kinds);
        kinds.keySet().stream().filter(name -> !LvPath.isName(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("a volume group is not called like that: " + name);
        });
    }

    Groups with(String name, StorageKind kind) {
        if (kinds.containsKey(name)) {
            throw new IllegalArgumentException("volume group " + name + " is named twice");
        }
        Map<String, StorageKind> more = new TreeMap<>(kinds);
        more.put(name, kind);
        return new Groups(more);
    }

    Optional<StorageKind> kind(LvPath path) {
        return Optional.ofNullable(kinds.get(path.group()));
    }

    boolean isShared(String group) {
        return kinds.get(group) == StorageKind.NETWORK_LVM;
    }
}
