package dev.vmsnap.cli;

import picocli.CommandLine.Option;

/** Asks a person before something is lost. */
final class Consent {
    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask first. Only a person on a terminal is asked, never with --json.")
    private boolean given;

    /** Returns if a person agrees or nobody is asked; throws if one does not agree. */
    void require(Session session, String question) {
        if (!given) {
            session.confirmation().require(question);
        }
    }
}
