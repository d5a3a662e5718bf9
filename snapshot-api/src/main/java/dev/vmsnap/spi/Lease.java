package dev.vmsnap.spi;

import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import java.time.Instant;

/**
 * The right of one process to work on one VM.
 *
 * @param vm the VM
 * @param owner names the process, unique over machines and restarts
 * @param epoch grows by one with each new holder of this VM's lease; what an older holder writes is refused
 * @param verb what it is held for
 * @param operation the operation's id
 * @param since when it was acquired
 * @param until when it ends unless it is renewed, by the store's clock
 */
public record Lease(VmId vm, String owner, long epoch, Verb verb, String operation, Instant since, Instant until) {}
