package dev.vmsnap.it.manual;

import java.util.concurrent.Callable;

/**
 * A sentence of the manual.
 *
 * @param page the manual's page that it stands on
 * @param sentence what holds
 * @param look sees that it does; what it returns is said of the storage
 */
record Rule(String page, String sentence, Callable<String> look) {
    static final String HOLDS = "yes";

    /** What a rule has done that says the same of every storage. */
    interface Shown {
        void run() throws Exception;
    }

    static Rule of(String page, String sentence, Shown shown) {
        return new Rule(page, sentence, () -> {
            shown.run();
            return HOLDS;
        });
    }
}
