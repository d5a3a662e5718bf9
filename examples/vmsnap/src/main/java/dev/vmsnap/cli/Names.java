package dev.vmsnap.cli;

import dev.vmsnap.VmId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the names of the VMs that a run has found; a failure has their ids alone. Thread-safe. */
final class Names {
    private final Map<VmId, String> names = new ConcurrentHashMap<>();

    Vm remember(Vm vm) {
        names.put(vm.id(), vm.name());
        return vm;
    }

    String of(VmId vm) {
        return names.getOrDefault(vm, vm.value());
    }
}
