package dev.vmsnap.it.file;

import dev.vmsnap.tck.StorageDriverContract;
import dev.vmsnap.tck.StorageLab;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The published contract on the file driver with real images and the real {@code qemu-img}. */
final class FileStorageContractTest extends StorageDriverContract {
    @TempDir
    Path images;

    @TempDir
    Path scratch;

    @Override
    protected StorageLab openLab() {
        return new ImagesLab(images, scratch);
    }
}
