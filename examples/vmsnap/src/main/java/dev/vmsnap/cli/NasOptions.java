package dev.vmsnap.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Gives the driver of network mounts the facts about exports that it cannot inspect. */
final class NasOptions {
    @Option(
            names = "--same-export",
            paramLabel = "OLD=NEW",
            scope = ScopeType.INHERIT,
            description = "Two names of one export, such as old:/srv=new:/srv; repeat it for more.")
    private List<String> same = new ArrayList<>();

    @Option(
            names = "--abandoned-export",
            paramLabel = "EXPORT",
            scope = ScopeType.INHERIT,
            description = "An export that will not come back: its snapshots count as deleted; repeat it for more.")
    private List<String> abandoned = new ArrayList<>();

    void complete(Defaults defaults) {
        same = same.isEmpty() ? defaults.all(Preference.SAME_EXPORT) : same;
        abandoned = abandoned.isEmpty() ? defaults.all(Preference.ABANDONED_EXPORT) : abandoned;
    }

    /** Each as it was typed. */
    List<String> same() {
        return same;
    }

    List<String> abandoned() {
        return abandoned;
    }
}
