package dev.vmsnap.kvmhost;

import dev.vmsnap.Actor;
import dev.vmsnap.Snapshot;
import dev.vmsnap.VmId;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Takes a snapshot of a running VM with its RAM, goes back to it, and deletes it again. */
final class KvmHost {
    private static final Actor OPERATOR = Actor.administrator("kvm-host");

    private KvmHost() {}

    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            System.err.println("usage: kvm-host URI VM-UUID STORE-FILE");
            System.err.println("What the VM does between the snapshot and the restore, some seconds, is lost.");
            System.exit(2);
        }
        AuditLog audit = new AuditLog(System.err);
        PrintStream screen = System.out;
        ExecutorService workers = Executors.newFixedThreadPool(2);
        boolean done;
        try (Platform platform = Platform.on(arguments[0], Path.of(arguments[2]), workers, audit, screen)) {
            platform.recover();
            done = tour(platform, VmId.of(arguments[1]));
        } finally {
            workers.shutdown();
        }
        System.exit(done ? 0 : 1);
    }

    static boolean tour(Platform platform, VmId vm) {
        if (!platform.allowRam(vm, OPERATOR)) {
            return false;
        }
        Optional<Snapshot> before = platform.snapshotWithRam(vm, "before upgrade", OPERATOR);
        if (before.isEmpty()) {
            return false;
        }
        platform.mayChangeMemory(vm, OPERATOR);
        boolean back = platform.restore(vm, before.get().id(), OPERATOR).isPresent();
        return platform.delete(vm, before.get().id(), OPERATOR) && back;
    }
}
