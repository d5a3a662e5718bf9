package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryDisk;
import dev.vmsnap.testkit.InMemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A lab on storage in memory, with the driver as it is or with something in front of it. */
final class InMemoryStorageLab implements StorageLab {
    static final String LINKED = "/images/elsewhere/records";
    static final String CLOSED = "/etc/closed";

    private final Datacenter datacenter;
    private final InMemoryStorage storage;
    private final StorageKind kind;
    private final String pattern;
    private final String format;
    private final UnaryOperator<StorageDriver> front;
    private StorageDriver driver;

    private InMemoryStorageLab(
            Datacenter datacenter,
            InMemoryStorage storage,
            StorageKind kind,
            String pattern,
            String format,
            UnaryOperator<StorageDriver> front) {
        this.datacenter = datacenter;
        this.storage = storage;
        this.kind = kind;
        this.pattern = pattern;
        this.format = format;
        this.front = front;
        this.driver = front.apply(storage);
    }

    static InMemoryStorageLab inImage() {
        return inImage(UnaryOperator.identity());
    }

    static InMemoryStorageLab inImage(UnaryOperator<StorageDriver> front) {
        Datacenter datacenter = new Datacenter();
        return new InMemoryStorageLab(
                datacenter, datacenter.inImage(), StorageKind.FILE, "/images/%s.qcow2", "qcow2", front);
    }

    static InMemoryStorageLab beside() {
        return beside(UnaryOperator.identity());
    }

    static InMemoryStorageLab beside(UnaryOperator<StorageDriver> front) {
        Datacenter datacenter = new Datacenter();
        return new InMemoryStorageLab(
                datacenter, datacenter.beside(), StorageKind.LOCAL_LVM, "/dev/vg_guests/%s", "raw", front);
    }

    @Override
    public StorageDriver driver() {
        return driver;
    }

    @Override
    public HypervisorDriver hypervisor() {
        return datacenter.node("lab");
    }

    @Override
    public Volume newVolume(String target) {
        String source = pattern.formatted(target);
        datacenter.disk(source);
        return new Volume(target, source, format, kind, storage.id(), OptionalLong.empty());
    }

    @Override
    public void write(Volume volume, String content) {
        datacenter.disk(volume.source()).overwrite(content);
    }

    @Override
    public String read(Volume volume) {
        return datacenter.disk(volume.source()).content();
    }

    @Override
    public void destroy(Volume volume) {
        datacenter.destroyDisk(volume.source());
    }

    @Override
    public List<String> traces() {
        return datacenter.leftovers();
    }

    @Override
    public Optional<String> published(VmId vm) {
        return storage.published(vm).stream()
                .findFirst()
                .map(kept -> kept.record().tree().snapshots() + " "
                        + kept.configurations().values().stream()
                                .map(configuration -> configuration.persistent())
                                .toList());
    }

    @Override
    public Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        InMemoryDisk disk = datacenter.disk(volume.source());
        disk.failing(Optional.of(
                switch (kind) {
                    case AWAY -> DriverException.Reason.UNREACHABLE;
                    case DENIED -> DriverException.Reason.DENIED;
                    case TOOL_MISSING -> DriverException.Reason.TOOL_MISSING;
                    case TOOL_FAILING -> DriverException.Reason.BROKEN;
                    case HANGING -> DriverException.Reason.TIMEOUT;
                }));
        return Optional.of(() -> disk.failing(Optional.empty()));
    }

    @Override
    public boolean rebase(Volume volume) {
        datacenter
                .disk(volume.source())
                .basedOn(new Chain(List.of(new Chain.Layer("/images/base.qcow2", "qcow2", 1 << 30, "1@1"))));
        return true;
    }

    /** Storage in memory has no directories, so a file of the node stands for what the link leads to. */
    @Override
    public Optional<Foreign> linkRecords(Volume volume) {
        return Optional.of(foreign(
                () -> hypervisor().files().read(LINKED).isPresent(),
                () -> hypervisor().files().delete(LINKED)));
    }

    @Override
    public Optional<Foreign> baseOnClosedFile(Volume volume) {
        datacenter.disk(volume.source()).basedOn(new Chain(List.of(new Chain.Layer(CLOSED, "raw", 1 << 30, "1@1"))));
        return Optional.of(foreign(
                () -> datacenter.node("lab").scripts().ran().stream()
                        .anyMatch(command -> command.arguments().contains(CLOSED)),
                () -> {}));
    }

    private static Foreign foreign(BooleanSupplier touched, Runnable removal) {
        return new Foreign() {
            @Override
            public boolean isTouched() {
                return touched.getAsBoolean();
            }

            @Override
            public void remove() {
                removal.run();
            }
        };
    }

    @Override
    public Duration patience() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void writeRam(String place, String content) {
        datacenter.writeRam(place, content, content.length());
    }

    @Override
    public String readRam(String place) {
        return datacenter.readRam(place);
    }

    @Override
    public void reopen() {
        driver = front.apply(storage);
    }

    @Override
    public void close() {}
}
