package dev.vmsnap.core;

import dev.vmsnap.storage.file.PlantedFileDriver;
import java.util.logging.Logger;

public record PlantedEngine(PlantedFileDriver driver) {

    public void speak() {
        System.out.println("planted");
        Logger.getLogger("planted").info("planted");
    }
}
