package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The drivers run as root on paths that others can change. So each program that opens, makes or changes a file there is run
 * behind one of the guards, or its class is listed here with the reason why none is needed.
 */
final class NodePathsTest {
    private static final String FILE = "snapshot-storage-file/src/main/java/dev/vmsnap/storage/file/image/";
    private static final String KVM = "snapshot-hypervisor-kvm/src/main/java/dev/vmsnap/kvm/";

    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*(//|/?\\*).*$");
    private static final String TOOLS = "qemu-img|qemu-io|qemu-nbd";
    private static final String PROGRAMS =
            TOOLS + "|cat|dd|cp|od|head|tail|chmod|chown|install|ln|mkdir|mv|rm|rmdir|truncate|fallocate|touch|tee";

    // A program as the first word of a command: of an argument vector, or of a line in a script.
    private static final Pattern COMMAND = Pattern.compile("(?:of\\(|run\\(|node, )\\s*\"(" + PROGRAMS + ")\""
            + "|(?m)^\\s+(?:exec )?(" + PROGRAMS + ") (?![=|])"
            + "|(?:\\$\\(|&& |\\|\\| |\\{ |then |\\| )(" + PROGRAMS + ") ");
    private static final List<String> GUARDS = List.of("ImageGuard.guarded(", "PathWalk.SCRIPT", "chain.reading(");

    private static final Map<String, String> SAFE = Map.of(
            "storage/file/image/ImageGuard", "is the guard of images",
            "storage/nas/Glance", "opens regular files and block devices only, as their owner, and reads no byte",
            "storage/lvm/Copies", "opens device nodes, which root makes in a directory of root's",
            "storage/lvm/Records", "opens device nodes, which root makes in a directory of root's",
            "storage/lvm/Devices", "reads the kernel's own files",
            "kvm/Lifeline", "keeps its input in a file that mktemp makes",
            "kvm/NodeGuards", "makes its files anew, and touches only those of its own user",
            "kvm/StoredImages", "has the check of ImageGuard in its own script",
            "kvm/OpenFiles", "reads one sector of a regular file or block device, without waiting");

    @Test
    void eachProgramThatOpensOrChangesAFileOnANodeIsRunBehindAGuard() {
        List<String> unguarded = sources()
                .filter(source -> isUnguarded(Product.text(source)))
                .map(NodePathsTest::type)
                .filter(type -> !SAFE.containsKey(type))
                .toList();

        assertThat(unguarded)
                .as("run them behind ImageGuard or PathWalk, or say here why that is not needed")
                .isEmpty();
    }

    @Test
    void eachClassThatIsListedRunsSuchAProgramWithoutAGuard() {
        assertThat(sources().filter(source -> isUnguarded(Product.text(source))).map(NodePathsTest::type))
                .containsAll(SAFE.keySet());
    }

    @Test
    void anUnguardedProgramIsFound() {
        for (String planted : List.of(
                "commands.run(Command.of(\"qemu-img\", \"info\", path))",
                "must(List.of(\"cp\", from, to))",
                "\"\"\"\n    dd if=$1 of=$2\n",
                "\"[ -e $1 ] || mkdir -p $1\"",
                "\"x=$(cat $1)\"")) {
            assertThat(isUnguarded(planted)).as(planted).isTrue();
        }
        assertThat(isUnguarded("// dd if=x\n * cp a b\n")).isFalse();
    }

    @Test
    void theStorageDriversEnterDirectoriesAsTheKvmDriverDoes() {
        assertThat(script(FILE + "PathWalk.java")).isNotBlank().isEqualTo(script(KVM + "PathWalk.java"));
    }

    private static String script(String source) {
        return Product.text(source).replaceFirst("(?s).*SCRIPT = \"\"\"(.*)\"\"\".*", "$1");
    }

    private static boolean isUnguarded(String text) {
        return runs(text) && GUARDS.stream().noneMatch(text::contains);
    }

    private static boolean runs(String text) {
        return COMMAND.matcher(COMMENT.matcher(text).replaceAll("")).find();
    }

    private static String type(String source) {
        return source.replaceFirst(".*/dev/vmsnap/", "").replace(".java", "");
    }

    private static Stream<String> sources() {
        Path repository = Product.repository();
        return Stream.of("hypervisor-kvm", "storage-file", "storage-nas", "storage-lvm")
                .map(module -> repository.resolve("snapshot-" + module + "/src/main/java"))
                .flatMap(NodePathsTest::files)
                .map(file -> repository.relativize(file).toString());
    }

    private static Stream<Path> files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
