package dev.vmsnap.manifest;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads how far {@code qemu-img convert -p} is, which it prints again and again as {@code (12.34/100%)}. It is what
 * {@link dev.vmsnap.spi.Commands#run(dev.vmsnap.spi.Commands.Command, Predicate)} tells, and says when to end. For one
 * thread.
 */
public final class CopyProgress implements Predicate<String> {
    private static final Pattern PERCENT = Pattern.compile("\\(([0-9]{1,3}(?:\\.[0-9]{1,4})?)/100%\\)");
    private static final int LONGEST = 32;

    private final DoubleConsumer done;
    private final BooleanSupplier cancelled;
    private String rest = "";

    /**
     * Begins.
     *
     * @param done told how much is done, 0 to 1
     * @param cancelled whether the copying is to end
     */
    public CopyProgress(DoubleConsumer done, BooleanSupplier cancelled) {
        this.done = done;
        this.cancelled = cancelled;
    }

    @Override
    public boolean test(String piece) {
        String text = rest + piece;
        Matcher found = PERCENT.matcher(text);
        String last = "";
        while (found.find()) {
            last = found.group(1);
        }
        if (!last.isEmpty() && !piece.isEmpty()) {
            done.accept(Math.min(1, Double.parseDouble(last) / 100));
        }
        rest = text.substring(Math.max(0, text.length() - LONGEST));
        return !cancelled.getAsBoolean();
    }
}
