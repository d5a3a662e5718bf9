package dev.vmsnap.tck;

final class InMemoryHypervisorContractTest extends HypervisorDriverContract {
    @Override
    protected HypervisorLab openLab() {
        return new InMemoryHypervisorLab(node -> node);
    }
}
