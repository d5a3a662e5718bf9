package dev.vmsnap.tck;

final class RamBesideContractTest extends RamBesideContract {
    @Override
    protected StorageLab openLab() {
        return InMemoryStorageLab.beside();
    }
}
