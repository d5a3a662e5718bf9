package dev.vmsnap.tck;

final class InMemoryQuiesceContractTest extends QuiesceContract {
    @Override
    protected HypervisorLab openLab() {
        return new InMemoryHypervisorLab(node -> node);
    }
}
