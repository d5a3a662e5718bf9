package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TextRuleTest {
    private static final String WIDE = "\uD83D\uDE00";

    private final Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "quotes \" ' `",
                "$(reboot)",
                "a; b",
                "--help",
                "../../x",
                "]]>",
                "&xxe;",
                WIDE,
                "\u00e9\u4e2d\u0645",
                " padded "
            })
    void anyOtherTextIsFineAsNameAndComment(String text) {
        assertThat(create(text, text).allowed()).isTrue();
        assertThat(edit(text, text).allowed()).isTrue();
    }

    static Stream<Arguments> wrongNames() {
        return Stream.of(
                Arguments.of("a\nb", "control-character"),
                Arguments.of("a\tb", "control-character"),
                Arguments.of("a\0b", "control-character"),
                Arguments.of("a\u007fb", "control-character"),
                Arguments.of("a\u0085b", "control-character"),
                Arguments.of("a\uD83D", "unpaired-surrogate"),
                Arguments.of("\uDE00\uD83D", "unpaired-surrogate"),
                Arguments.of("x".repeat(256), "too-long"),
                Arguments.of("x".repeat(10_000), "too-long"),
                Arguments.of(WIDE.repeat(256), "too-long"));
    }

    @ParameterizedTest
    @MethodSource("wrongNames")
    void aNameThatCannotBeKeptIsRefusedInCreateAndEdit(String name, String problem) {
        for (Verdict verdict : List.of(create(name, ""), edit(name, ""))) {
            assertThat(codes(verdict)).containsExactly(Code.TEXT_INVALID);
            assertThat(only(verdict).data()).containsEntry("field", "name").containsEntry("problem", problem);
            assertThat(only(verdict).message()).doesNotContain("\n").hasSizeLessThan(200);
        }
    }

    static Stream<Arguments> wrongComments() {
        return Stream.of(
                Arguments.of("a\0b", "control-character"),
                Arguments.of("a\u001b[31m", "control-character"),
                Arguments.of("\uDC00", "unpaired-surrogate"),
                Arguments.of("x".repeat(4097), "too-long"));
    }

    @ParameterizedTest
    @MethodSource("wrongComments")
    void aCommentThatCannotBeKeptIsRefusedInCreateAndEdit(String comment, String problem) {
        for (Verdict verdict : List.of(create("n", comment), edit("n", comment))) {
            assertThat(only(verdict).data()).containsEntry("field", "comment").containsEntry("problem", problem);
        }
    }

    @Test
    void aCommentMayHaveLineBreaksAndTabs() {
        assertThat(create("n", "one\n\ttwo\r\nthree").allowed()).isTrue();
    }

    @Test
    void lengthsAreCountedInCodePoints() {
        assertThat(create(WIDE.repeat(255), WIDE.repeat(4096)).allowed()).isTrue();
        assertThat(only(create("x".repeat(256), "")).data())
                .containsEntry("length", "256")
                .containsEntry("limit", "255");
        assertThat(only(create(WIDE + WIDE + "\0", "")).data()).containsEntry("position", "3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "   ", "\u2003"})
    void aBlankNameIsAllowedOnlyInCreate(String blank) {
        assertThat(create(blank, "").allowed()).isTrue();
        assertThat(only(edit(blank, "")).data()).containsEntry("problem", "blank");
    }

    @Test
    void everyProblemOfBothTextsIsNamed() {
        assertThat(codes(create("\0" + "x".repeat(300), "\0\uD800"))).hasSize(4).containsOnly(Code.TEXT_INVALID);
    }

    @Test
    void theTextsOfASnapshotThatDoesNotExistCannotBeEdited() {
        assertThat(codes(scene.judge(new Intent.Edit(SnapshotId.of("zzz"), Snapshot.Labels.named("")))))
                .containsExactly(Code.SNAPSHOT_NOT_FOUND, Code.TEXT_INVALID);
    }

    @Test
    void editingNeedsNoVmAndNoHealthySnapshot() {
        scene.seen = false;
        scene.silent = List.of("node-1");
        scene.tree = scene.tree.replace(snapshot("a", false, "vda").unavailable(Snapshot.Reason.DAMAGED));

        assertThat(edit("new", "").allowed()).isTrue();
    }

    private Verdict create(String name, String comment) {
        return scene.judge(new Intent.Create(SnapshotSpec.named(name).comment(comment)));
    }

    private Verdict edit(String name, String comment) {
        return scene.judge(
                new Intent.Edit(SnapshotId.of("a"), Snapshot.Labels.named(name).comment(comment)));
    }
}
