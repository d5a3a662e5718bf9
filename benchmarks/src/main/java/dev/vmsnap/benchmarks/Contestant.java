package dev.vmsnap.benchmarks;

/** Takes one snapshot of its own guest, goes back to it and deletes it. Each verb returns the nanoseconds it took. */
interface Contestant {
    Guest guest();

    long create();

    long restore();

    long delete();
}
