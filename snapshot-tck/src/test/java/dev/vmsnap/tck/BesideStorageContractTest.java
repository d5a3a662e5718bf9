package dev.vmsnap.tck;

final class BesideStorageContractTest extends StorageDriverContract {
    @Override
    protected StorageLab openLab() {
        return InMemoryStorageLab.beside();
    }
}
