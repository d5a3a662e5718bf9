package dev.vmsnap.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The compiled classes and the files of the repository that the tests look at. */
final class Product {

    static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.vmsnap");

    /** Classes in this module's test sources that break the rules on purpose. */
    static final JavaClasses PLANTED = new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .withImportOption(location -> !location.contains("dev/vmsnap/architecture/"))
            .importPackages("dev.vmsnap");

    private Product() {}

    /** What a file of the repository holds. */
    static String text(String file) {
        try {
            return Files.readString(repository().resolve(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The top directory of the repository, wherever the tests are started. */
    static Path repository() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("snapshot-bom/pom.xml"))) {
            directory = directory.getParent();
        }
        return directory;
    }
}
