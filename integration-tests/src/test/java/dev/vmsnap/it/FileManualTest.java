package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.it.manual.Manual;
import dev.vmsnap.it.manual.Stage;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The manual on qcow2 files. */
final class FileManualTest {
    private static final int ROOM_MIB = 256;
    private static final int LEFT_MIB = 8;
    private static final int FILLED_MIB = 24;

    @RegisterExtension
    final Lab lab = new Lab();

    @TestFactory
    Stream<DynamicTest> theManualOnFiles() {
        Path room = lab.smallFileSystem(ROOM_MIB);
        TickerGuest guest = TickerGuest.in(room, lab.newName(), 1).withMemory(2 * FILLED_MIB, FILLED_MIB);
        return Manual.walk(new Files(room, Host.of(lab, guest)));
    }

    /** A guest in a file system of its own. */
    private record Files(Path room, Host host) implements Stage {
        @Override
        public StorageKind kind() {
            return StorageKind.FILE;
        }

        @Override
        public void boot() {
            host.boot();
        }

        @Override
        public PowerState power() {
            return host.power();
        }

        @Override
        public void powerOff() {
            host.powerOff();
        }

        @Override
        public long counter(String disk) {
            return disk.isEmpty() ? host.diskCounters().get(0) : Host.counter(image(disk));
        }

        @Override
        public List<String> places() {
            return host.inImage(host.guest().disks().get(0));
        }

        @Override
        public String nature() {
            return "in the disk's file";
        }

        @Override
        public String freePlace() {
            return room.resolve("copy.qcow2").toString();
        }

        @Override
        public int snapshotsOf(String copy) {
            return host.inImage(image(copy)).size();
        }

        private static GuestDisk image(String file) {
            return new GuestDisk(Path.of(file), GuestDisk.Format.QCOW2, 1);
        }

        @Override
        public VmId define(String name, String xml) {
            host.lab().defineXml(name, xml);
            return VmId.of(host.lab().virsh("domuuid", name).strip());
        }

        @Override
        public SnapshotId runOutOfSpace() {
            host.boot();
            Path filler = room.resolve("filler");
            long free = room.toFile().getUsableSpace() >> 20;
            Shell.run("fallocate", "-l", free - LEFT_MIB + "M", filler.toString());
            assertThatThrownBy(() -> host.createWithRam("too much"))
                    .isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                            .isEqualTo(DriverException.Reason.NO_SPACE));
            Shell.run("rm", filler.toString());
            return host.tree().snapshots().stream()
                    .filter(snapshot -> snapshot.labels().name().equals("too much"))
                    .map(Snapshot::id)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
