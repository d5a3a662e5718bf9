package dev.vmsnap;

import java.util.List;
import java.util.stream.Collectors;

/** A rule said no. Nothing was touched. */
public final class RefusedException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    private final transient List<Refusal> refusals;

    /**
     * Makes one.
     *
     * @param refusals at least one
     */
    public RefusedException(List<Refusal> refusals) {
        super(refusals.stream().map(Refusal::message).collect(Collectors.joining(" ")), null);
        if (refusals.isEmpty()) {
            throw new IllegalArgumentException("a refusal has a reason");
        }
        this.refusals = List.copyOf(refusals);
    }

    /**
     * Returns why.
     *
     * @return at least one refusal
     */
    public List<Refusal> refusals() {
        return refusals;
    }

    @Override
    public String recovery() {
        return refusals.stream().map(Refusal::remedy).distinct().collect(Collectors.joining(" "));
    }
}
