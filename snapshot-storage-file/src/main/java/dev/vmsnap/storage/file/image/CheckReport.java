package dev.vmsnap.storage.file.image;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.manifest.Json;

/**
 * What {@code qemu-img check} found; after a repair, what it left.
 *
 * @param leaks clusters that are allocated and used by nothing
 * @param staleFlags entries whose flag disagrees with a reference counter; a killed command leaves them, they do no harm,
 *     and QEMU puts them right together with leaks
 * @param damaged whether there is anything worse
 */
record CheckReport(long leaks, boolean staleFlags, boolean damaged) {

    /**
     * Reads what {@code qemu-img check --output=json} printed.
     *
     * @param output its standard output
     * @param errors its standard error without lines about leaks and flags
     * @return the report
     */
    static CheckReport parse(String output, String errors) {
        try {
            JsonObject report = JsonParser.parseString(output).getAsJsonObject();
            boolean wrong = Json.number(report, "corruptions", 0) > 0;
            boolean damaged = Json.number(report, "check-errors", 0) > 0 || (wrong && errors.contains("ERROR"));
            return new CheckReport(Json.number(report, "leaks", 0), wrong && !damaged, damaged);
        } catch (JsonParseException | IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new DriverException(
                    ImageVolumes.DRIVER,
                    DriverException.Reason.BROKEN,
                    "qemu-img check printed what cannot be read",
                    e);
        }
    }

    /** Whether there is nothing to repair. */
    boolean clean() {
        return leaks == 0 && !staleFlags && !damaged;
    }
}
