package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An independent eye and hand on images: QEMU's tools without the library. */
final class Tools {

    private Tools() {}

    record Outcome(int exitCode, String output) {}

    static Outcome attempt(String... command) {
        try {
            return outcome(new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonElement json(String... command) {
        try {
            Outcome outcome = outcome(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
            assertThat(outcome.exitCode()).as(String.join(" ", command)).isZero();
            return JsonParser.parseString(outcome.output());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Outcome outcome(Process process) throws IOException {
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static String run(String... command) {
        Outcome outcome = attempt(command);
        assertThat(outcome.exitCode())
                .as("%s: %s", String.join(" ", command), outcome.output())
                .isZero();
        return outcome.output();
    }

    static Path image(Path directory, String name, String size, String... options) {
        Path image = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        for (String option : options) {
            command.addAll(List.of("-o", option));
        }
        command.addAll(List.of(image.toString(), size));
        run(command.toArray(String[]::new));
        return image;
    }

    /** Fills the first mebibyte of the disk. */
    static void fill(Path image, int pattern) {
        io(image, "write -P " + pattern + " 0 1M");
    }

    /** Reads the first mebibyte of the disk. */
    static void assertFilled(Path image, int pattern) {
        assertThat(io(image, "read -P " + pattern + " 0 1M")).doesNotContain("verification failed");
    }

    static String io(Path image, String... commands) {
        List<String> command = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
        for (String one : commands) {
            command.addAll(List.of("-c", one));
        }
        command.add(image.toString());
        return run(command.toArray(String[]::new));
    }

    static JsonObject info(Path image) {
        return json("qemu-img", "info", "-U", "-f", "qcow2", "--output=json", image.toString())
                .getAsJsonObject();
    }

    static List<String> names(Path image) {
        List<String> names = new ArrayList<>();
        if (info(image).has("snapshots")) {
            info(image)
                    .getAsJsonArray("snapshots")
                    .forEach(snapshot ->
                            names.add(snapshot.getAsJsonObject().get("name").getAsString()));
        }
        return names;
    }

    static void assertClean(Path image) {
        run("qemu-img", "check", "-f", "qcow2", image.toString());
    }

    static long allocatedOnHost(Path image) {
        return Long.parseLong(run("stat", "-c", "%b", image.toString()).strip()) * 512;
    }

    /** Clusters that the active state uses but the disk does not show, as one finds them without reading tables. */
    static long clustersBehindTheEnd(Path image) {
        long cluster = info(image).get("cluster-size").getAsLong();
        JsonObject check = json("qemu-img", "check", "-f", "qcow2", "--output=json", image.toString())
                .getAsJsonObject();
        long clusters = check.has("allocated-clusters")
                ? check.get("allocated-clusters").getAsLong()
                : 0;
        for (JsonElement element : json("qemu-img", "map", "-f", "qcow2", "--output=json", image.toString())
                .getAsJsonArray()) {
            JsonObject extent = element.getAsJsonObject();
            if (extent.has("offset")) {
                clusters -= extent.get("length").getAsLong() / cluster;
            }
        }
        return clusters;
    }
}
