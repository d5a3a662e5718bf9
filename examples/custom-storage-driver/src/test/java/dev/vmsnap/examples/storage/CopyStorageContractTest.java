package dev.vmsnap.examples.storage;

import dev.vmsnap.tck.StorageDriverContract;
import dev.vmsnap.tck.StorageLab;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class CopyStorageContractTest extends StorageDriverContract {
    @TempDir
    Path directory;

    @Override
    protected StorageLab openLab() {
        return new DirectoryLab(directory);
    }
}
