package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Verdicts of single concerns, and their sum. */
final class Findings {
    static final Verdict NONE = new Verdict(List.of(), List.of());

    private Findings() {}

    static Verdict refused(Refusal refusal) {
        return refused(List.of(refusal));
    }

    static Verdict refused(List<Refusal> refusals) {
        return new Verdict(refusals, List.of());
    }

    static Verdict noticed(Verdict.Notice.Code code, String message, Map<String, String> data) {
        return new Verdict(List.of(), List.of(new Verdict.Notice(code, message, data)));
    }

    static Verdict all(Verdict... parts) {
        return all(Stream.of(parts));
    }

    static Verdict all(Stream<Verdict> parts) {
        List<Verdict> found = parts.toList();
        return new Verdict(
                found.stream()
                        .flatMap(part -> part.refusals().stream())
                        .distinct()
                        .toList(),
                found.stream()
                        .flatMap(part -> part.notices().stream())
                        .distinct()
                        .toList());
    }
}
