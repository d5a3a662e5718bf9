package dev.vmsnap.it;

import dev.vmsnap.tck.HypervisorDriverContract;
import dev.vmsnap.tck.HypervisorLab;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The published contract on the KVM driver with real guests. */
final class KvmHypervisorContractTest extends HypervisorDriverContract {
    @RegisterExtension
    final Lab lab = new Lab();

    @Override
    protected HypervisorLab openLab() {
        return new KeeperLab(lab);
    }
}
