package dev.vmsnap.it.lvm;

import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.it.Disturbed;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.tck.StorageLab;
import dev.vmsnap.testkit.Datacenter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Logical volumes on a node in a box, with the commands that the KVM driver has there. */
final class VolumesLab implements StorageLab {
    private static final int SECTOR = 512;

    private final Bench bench;
    private final Disturbed commands;
    private final HypervisorDriver node;
    private StorageDriver driver;

    VolumesLab(Bench bench) {
        this.bench = bench;
        this.commands = new Disturbed(bench.machine().commands(), "lv");
        this.node = new Datacenter().node("lab", commands, bench.machine().files());
        this.driver = bench.driver();
    }

    @Override
    public StorageDriver driver() {
        return driver;
    }

    @Override
    public HypervisorDriver hypervisor() {
        return node;
    }

    @Override
    public Volume newVolume(String target) {
        bench.volume(target);
        writeSector(bench.device(target), "");
        return new Volume(target, bench.device(target), "raw", bench.kind(), driver.id(), OptionalLong.empty());
    }

    @Override
    public void write(Volume volume, String content) {
        writeSector(volume.source(), content);
    }

    @Override
    public String read(Volume volume) {
        return readSector(volume.source());
    }

    @Override
    public void writeRam(String place, String content) {
        writeSector(place, content);
    }

    @Override
    public String readRam(String place) {
        return readSector(place);
    }

    @Override
    public void destroy(Volume volume) {
        bench.run("lvremove", "-y", volume.source());
    }

    @Override
    public Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        if (kind != Disturbance.AWAY) {
            return Optional.of(commands.disturb(kind));
        }
        bench.hide();
        return Optional.of(bench::show);
    }

    @Override
    public List<String> traces() {
        return bench.traces();
    }

    @Override
    public Optional<String> published(VmId vm) {
        return bench.traces().stream()
                .filter(line -> line.startsWith("vmsnap.records.") && line.contains("/" + vm + "/"))
                .findFirst()
                .map(line -> bench.device(line.substring(0, line.indexOf(' '))))
                .map(device ->
                        bench.run("dd", "if=" + device, "bs=64k", "count=1").replace("\0", ""));
    }

    @Override
    public void reopen() {
        driver = bench.driver();
    }

    @Override
    public void close() {
        bench.clear();
    }

    private void writeSector(String device, String content) {
        String sector = content + "\0".repeat(SECTOR - content.length());
        bench.feed(sector, "dd", "of=" + device, "bs=" + SECTOR, "count=1", "iflag=fullblock", "conv=notrunc,fsync");
    }

    private String readSector(String device) {
        return bench.run("dd", "if=" + device, "bs=" + SECTOR, "count=1", "status=none")
                .replace("\0", "");
    }
}
