package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Which names and comments can be kept. Lengths are counted in code points. */
final class TextRule {
    private static final int NAME_LIMIT = 255;
    private static final int COMMENT_LIMIT = 4096;
    private static final int TAG_COUNT_LIMIT = 32;
    private static final int KEY_LIMIT = 64;
    private static final int VALUE_LIMIT = 255;

    private TextRule() {}

    static Verdict create(Snapshot.Labels labels) {
        return check(labels);
    }

    static Verdict edit(Snapshot.Labels labels) {
        return Findings.all(labels.name().isBlank() ? Findings.refused(blank()) : Findings.NONE, check(labels));
    }

    private static Verdict check(Snapshot.Labels labels) {
        List<Refusal> found = new ArrayList<>(problems("name", labels.name(), NAME_LIMIT, Character::isISOControl));
        found.addAll(problems("comment", labels.comment(), COMMENT_LIMIT, TextRule::isForbiddenInComment));
        if (labels.tags().size() > TAG_COUNT_LIMIT) {
            found.add(refusal(
                    "tags",
                    "too-many",
                    "There are " + labels.tags().size() + " tags, and at most " + TAG_COUNT_LIMIT + " can be kept.",
                    "Leave some out.",
                    Map.of("limit", Integer.toString(TAG_COUNT_LIMIT))));
        }
        new TreeMap<>(labels.tags()).forEach((key, value) -> {
            if (key.isBlank()) {
                found.add(refusal("tag", "blank", "The key of a tag is blank.", "Give it a key.", Map.of()));
            }
            found.addAll(problems("tag", key, KEY_LIMIT, Character::isISOControl));
            found.addAll(problems("value of a tag", value, VALUE_LIMIT, Character::isISOControl));
        });
        return Findings.refused(found);
    }

    private static boolean isForbiddenInComment(int codePoint) {
        return Character.isISOControl(codePoint) && codePoint != '\n' && codePoint != '\r' && codePoint != '\t';
    }

    private static List<Refusal> problems(String field, String text, int limit, IntPredicate forbidden) {
        List<Refusal> found = new ArrayList<>();
        int length = text.codePointCount(0, text.length());
        if (length > limit) {
            found.add(refusal(
                    field,
                    "too-long",
                    "The " + field + " has " + length + " characters, and at most " + limit + " can be kept.",
                    "Shorten the " + field + ".",
                    Map.of("length", Integer.toString(length), "limit", Integer.toString(limit))));
        }
        int[] codePoints = text.codePoints().toArray();
        position(codePoints, forbidden)
                .ifPresent(at -> found.add(refusal(
                        field,
                        "control-character",
                        "Character " + at + " of the " + field + " is a control character.",
                        "Remove the control characters from the " + field + ".",
                        Map.of("position", Integer.toString(at)))));
        position(codePoints, codePoint -> Character.getType(codePoint) == Character.SURROGATE)
                .ifPresent(at -> found.add(refusal(
                        field,
                        "unpaired-surrogate",
                        "Character " + at + " of the " + field + " is half a character (an unpaired surrogate).",
                        "Send the " + field + " as well-formed Unicode.",
                        Map.of("position", Integer.toString(at)))));
        return found;
    }

    private static OptionalInt position(int[] codePoints, IntPredicate wanted) {
        return IntStream.range(0, codePoints.length)
                .filter(index -> wanted.test(codePoints[index]))
                .map(index -> index + 1)
                .findFirst();
    }

    private static Refusal blank() {
        return refusal("name", "blank", "The name is blank.", "Give the snapshot a name.", Map.of());
    }

    private static Refusal refusal(
            String field, String problem, String message, String remedy, Map<String, String> more) {
        Map<String, String> data = new TreeMap<>(more);
        data.put("field", field);
        data.put("problem", problem);
        return new Refusal(Refusal.Code.TEXT_INVALID, message, remedy, data);
    }
}
