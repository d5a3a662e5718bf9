package dev.vmsnap.tck;

final class InImageStorageContractTest extends StorageDriverContract {
    @Override
    protected StorageLab openLab() {
        return InMemoryStorageLab.inImage();
    }
}
