package dev.vmsnap.cli;

/** The command line does not say one clear thing. Nothing was touched. */
final class UsageException extends RuntimeException {
    UsageException(String message) {
        super(message);
    }
}
