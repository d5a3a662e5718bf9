package dev.vmsnap.architecture;

/** The rooms of the house, as package patterns. */
final class Packages {

    static final String ROOT = "dev.vmsnap";
    static final String SPI = "dev.vmsnap.spi";
    static final String CORE = "dev.vmsnap.core";
    static final String RULES = "dev.vmsnap.core.internal.rules..";
    static final String PLAN = "dev.vmsnap.core.internal.plan..";
    static final String RUN = "dev.vmsnap.core.internal.run..";
    static final String TESTKIT = "dev.vmsnap.testkit..";
    static final String TCK = "dev.vmsnap.tck..";
    static final String FILE = "dev.vmsnap.storage.file..";
    static final String MANIFEST = "dev.vmsnap.manifest..";
    static final String NAS = "dev.vmsnap.storage.nas..";

    static final String[] API = {ROOT, SPI};
    static final String[] DRIVERS = {"dev.vmsnap.kvm..", "dev.vmsnap.storage..", "dev.vmsnap.store.."};
    static final String[] HOSTS = {"dev.vmsnap.cli..", "dev.vmsnap.kvmhost..", "dev.vmsnap.quickstart.."};

    private Packages() {}

    static String[] with(String[] some, String... more) {
        String[] all = new String[some.length + more.length];
        System.arraycopy(some, 0, all, 0, some.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }
}
