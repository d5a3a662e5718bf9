package dev.vmsnap;

import java.time.Instant;

/** Another operation works on the VM. Nothing was touched. */
public final class BusyException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    private final VmId vm;
    private final Verb verb;
    private final String operation;
    private final Instant since;

    /**
     * Makes one.
     *
     * @param vm the VM
     * @param verb what the other operation does
     * @param operation its id
     * @param since when it began
     */
    public BusyException(VmId vm, Verb verb, String operation, Instant since) {
        super("VM " + vm + " is busy with " + verb + " (operation " + operation + ") since " + since + ".", null);
        this.vm = vm;
        this.verb = verb;
        this.operation = operation;
        this.since = since;
    }

    /**
     * Returns the VM that is busy.
     *
     * @return its id
     */
    public VmId vm() {
        return vm;
    }

    /**
     * Returns what the other operation does.
     *
     * @return its verb
     */
    public Verb verb() {
        return verb;
    }

    /**
     * Returns which operation it is.
     *
     * @return its id
     */
    public String operation() {
        return operation;
    }

    /**
     * Returns since when it works on the VM.
     *
     * @return when it began
     */
    public Instant since() {
        return since;
    }

    @Override
    public String recovery() {
        return "Wait for that operation, then ask again.";
    }
}
