package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Verb;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Leases, and what they protect. */
abstract class StoreLeasesContract extends StoreConfigurationsContract {

    @Test
    @DisplayName("a free lease is given as it was asked for")
    final void aFreeLeaseIsGivenAsItWasAskedFor() {
        Lease lease = store().acquire(VM, HOSTILE.get(0), Verb.RESTORE, HOSTILE.get(1), MINUTE, other -> false);

        assertThat(lease)
                .isEqualTo(new Lease(
                        VM,
                        HOSTILE.get(0),
                        lease.epoch(),
                        Verb.RESTORE,
                        HOSTILE.get(1),
                        clock.instant(),
                        clock.instant().plus(MINUTE)));
        assertThat(lease.epoch()).isPositive();
    }

    @Test
    @DisplayName("who asks for a lease that another one holds is told the holder's lease, over a restart")
    final void whoAsksForAHeldLeaseIsToldTheHolders() throws Exception {
        Lease held = lease(VM, "op-1");
        clock.advance(MINUTE.minusNanos(1));

        assertThat(lease(VM, "op-2")).isEqualTo(held);
        restart();
        assertThat(lease(VM, "op-2")).isEqualTo(held);
        store().save(line(VM, 1), held);
    }

    @Test
    @DisplayName("of 8 threads that ask at once one gets the lease, and all are told the same")
    final void ofThreadsThatAskAtOnceOneGetsTheLease() throws Exception {
        List<Callable<Lease>> calls = IntStream.range(0, 8)
                .<Callable<Lease>>mapToObj(i -> () -> lease(VM, "op-" + i))
                .toList();

        List<Lease> leases = together(calls);

        assertThat(new HashSet<>(leases)).hasSize(1);
    }

    @Test
    @DisplayName("leases of different VMs have nothing to do with each other")
    final void leasesOfDifferentVmsAreIndependent() {
        Lease one = lease(VM, "op-1");
        Lease other = lease(OTHER_VM, "op-2");
        store().release(one);

        assertThat(other.operation()).isEqualTo("op-2");
        store().save(line(OTHER_VM, 1), other);
    }

    @Test
    @DisplayName("a lease that was given back passes on with a higher epoch")
    final void aReleasedLeasePassesOn() {
        Lease first = lease(VM, "op-1");
        store().release(first);
        Lease second = lease(VM, "op-2");

        assertThat(second.operation()).isEqualTo("op-2");
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
    }

    @Test
    @DisplayName("a lease that has ended passes on with a higher epoch, and its old holder is shut out")
    final void anEndedLeasePassesOn() {
        Lease first = lease(VM, "op-1");
        clock.advance(MINUTE);
        Lease second = lease(VM, "op-2");

        assertThat(second.operation()).isEqualTo("op-2");
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
        assertThat(second.since()).isEqualTo(clock.instant());
        assertFails(Reason.LEASE_LOST, () -> store().save(line(VM, 1), first));
        store().save(line(VM, 1), second);
    }

    @Test
    @DisplayName("a holder whose lease has ended may go on as long as nobody else has acquired it")
    final void anEndedLeaseHoldsUntilSomebodyAcquiresIt() {
        Lease lease = lease(VM, "op-1");
        clock.advance(MINUTE.multipliedBy(100));

        VmRecord saved = store().save(line(VM, 1), lease);
        assertThat(store().find(VM)).contains(saved);
    }

    @Test
    @DisplayName("a renewed lease ends later and is otherwise the same, over a restart")
    final void aRenewedLeaseEndsLater() throws Exception {
        Lease lease = lease(VM, "op-1");
        clock.advance(MINUTE.dividedBy(2));
        Lease renewed = store().renew(lease, MINUTE);
        clock.advance(MINUTE.minusNanos(1));
        restart();

        assertThat(renewed)
                .isEqualTo(new Lease(
                        VM,
                        lease.owner(),
                        lease.epoch(),
                        lease.verb(),
                        lease.operation(),
                        lease.since(),
                        lease.since().plus(MINUTE.dividedBy(2)).plus(MINUTE)));
        assertThat(lease(VM, "op-2")).isEqualTo(renewed);
    }

    @Test
    @DisplayName("a lease that has ended can be renewed if nobody has acquired it, and then holds again")
    final void anEndedLeaseCanBeRenewed() {
        Lease lease = lease(VM, "op-1");
        clock.advance(MINUTE.multipliedBy(2));
        Lease renewed = store().renew(lease, MINUTE);

        assertThat(renewed.epoch()).isEqualTo(lease.epoch());
        assertThat(lease(VM, "op-2")).isEqualTo(renewed);
    }

    @Test
    @DisplayName("leases that are renewed together end later and are otherwise the same, over a restart")
    final void leasesThatAreRenewedTogetherEndLater() throws Exception {
        List<Lease> held = List.of(lease(VM, "op-1"), lease(OTHER_VM, "op-2"));
        clock.advance(MINUTE.multipliedBy(2));
        assertThat(store().renewAll(held, MINUTE)).isEmpty();
        assertThat(store().renewAll(List.of(), MINUTE)).isEmpty();
        clock.advance(MINUTE.minusNanos(1));
        restart();

        assertThat(List.of(lease(VM, "op-3"), lease(OTHER_VM, "op-4")))
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("until")
                .isEqualTo(held);
    }

    @Test
    @DisplayName("of leases that are renewed together only the lost ones are refused, whose new holders keep theirs")
    final void ofLeasesThatAreRenewedTogetherOnlyTheLostOnesAreRefused() {
        Lease lost = lease(VM, "op-1");
        Lease held = lease(OTHER_VM, "op-2");
        store().release(lost);
        Lease next = lease(VM, "op-3");

        for (List<Lease> order : List.of(List.of(lost, held), List.of(held, lost))) {
            clock.advance(MINUTE.dividedBy(4));
            Map<Lease, DriverException> failures = store().renewAll(order, MINUTE);

            assertThat(failures).containsOnlyKeys(lost);
            assertThat(failures.values()).extracting(DriverException::reason).containsExactly(Reason.LEASE_LOST);
            assertThat(store().leases())
                    .filteredOn(lease -> lease.vm().equals(OTHER_VM))
                    .extracting(Lease::until)
                    .containsExactly(clock.instant().plus(MINUTE));
            assertThat(store().leases()).contains(next);
        }
    }

    @Test
    @DisplayName("the lease of an abandoned holder passes on at once, and only that holder is judged")
    final void theLeaseOfAnAbandonedHolderPassesOn() {
        Lease dead = lease(VM, "op-1");
        List<Lease> judged = new ArrayList<>();

        Lease taken = store().acquire(VM, "next", Verb.RECOVER, "op-2", MINUTE, lease -> {
            judged.add(lease);
            return lease.owner().equals(dead.owner());
        });

        assertThat(judged).containsExactly(dead);
        assertThat(taken.operation()).isEqualTo("op-2");
        assertThat(taken.owner()).isEqualTo("next");
        assertThat(taken.verb()).isEqualTo(Verb.RECOVER);
        assertThat(taken.epoch()).isEqualTo(dead.epoch() + 1);
        assertFails(Reason.LEASE_LOST, () -> store().save(line(VM, 1), dead));
    }

    @Test
    @DisplayName("no holder is judged when the lease is free")
    final void noHolderIsJudgedWhenTheLeaseIsFree() {
        List<Lease> judged = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            store().release(store().acquire(VM, "owner", Verb.EDIT, "op-" + i, MINUTE, judged::add));
        }
        lease(VM, "op-3");
        clock.advance(MINUTE);
        store().acquire(VM, "owner", Verb.EDIT, "op-4", MINUTE, judged::add);

        assertThat(judged).isEmpty();
    }

    @Test
    @DisplayName("a holder that comes in while the dead one is judged is not thrown out with it")
    final void aHolderThatComesInMeanwhileIsNotThrownOut() {
        Lease dead = lease(VM, "op-1");
        List<Lease> newcomers = new ArrayList<>();

        Lease inForce = store().acquire(VM, "late", Verb.CREATE, "op-late", MINUTE, lease -> {
            if (lease.equals(dead)) {
                store().release(dead);
                newcomers.add(lease(VM, "op-quick"));
                return true;
            }
            return false;
        });

        assertThat(newcomers).containsExactly(inForce);
        assertThat(inForce.operation()).isEqualTo("op-quick");
        store().save(line(VM, 1), inForce);
    }

    @Test
    @DisplayName("the epoch of a VM grows for ever: over releases, restarts and after the VM was forgotten")
    final void theEpochGrowsForEver() throws Exception {
        List<Long> epochs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Lease lease = lease(VM, "op-" + i);
            epochs.add(lease.epoch());
            store().save(line(VM, 1), lease);
            store().forget(lease);
            store().release(lease);
            restart();
        }

        assertThat(epochs).isSorted().doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a forgotten VM's lease is still held, for the rest of the operation")
    final void aForgottenVmsLeaseIsStillHeld() {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);
        store().forget(lease);

        assertThat(lease(VM, "op-2")).isEqualTo(lease);
        store().mark("op-1", 0, JournalEntry.Mark.DONE, lease);
        store().close("op-1", lease);
        store().release(lease);
        assertThat(store().journal()).isEmpty();
    }

    @Test
    @DisplayName("a lease can be given back twice, also when it is somebody else's by now, who keeps it")
    final void aLeaseCanBeGivenBackTwice() {
        Lease first = lease(VM, "op-1");
        store().release(first);
        store().release(first);
        Lease second = lease(VM, "op-2");
        store().release(first);

        assertThat(lease(VM, "op-3")).isEqualTo(second);
    }

    @Test
    @DisplayName("nothing can be written under a lease that was given back")
    final void nothingCanBeWrittenUnderAReleasedLease() {
        Lease lease = lease(VM, "op-1");
        VmRecord record = store().save(line(VM, 1), lease);
        store().open(entry(VM, "op-1"), lease);
        store().release(lease);

        assertShutOut(lease, record);
    }

    @Test
    @DisplayName("nothing can be written under a lease that somebody else has acquired since")
    final void nothingCanBeWrittenUnderALostLease() {
        Lease lease = lease(VM, "same-owner", "op-1");
        VmRecord record = store().save(line(VM, 1), lease);
        store().open(entry(VM, "op-1"), lease);
        clock.advance(MINUTE);
        Lease next = lease(VM, "same-owner", "op-2");

        assertShutOut(lease, record);
        assertThat(next.operation()).isEqualTo("op-2");
        store().close("op-1", next);
    }

    private void assertShutOut(Lease lost, VmRecord record) {
        Map<String, Runnable> writes = new LinkedHashMap<>();
        writes.put("save", () -> store().save(record.seen("x", "x"), lost));
        writes.put("forget", () -> store().forget(lost));
        writes.put("saveConfiguration", () -> store().saveConfiguration(id(1), CONFIGURATION, lost));
        writes.put("renew", () -> store().renew(lost, MINUTE));
        writes.put("open", () -> store().open(entry(VM, "op-9"), lost));
        writes.put("mark", () -> store().mark("op-1", 0, JournalEntry.Mark.STARTED, lost));
        writes.put("note", () -> store().note("op-1", "k", "v", lost));
        writes.put("close", () -> store().close("op-1", lost));
        writes.forEach((name, write) -> {
            assertThat(List.of(name)).allSatisfy(each -> assertFails(Reason.LEASE_LOST, write::run));
            assertThat(store().find(VM)).as("the record after " + name).contains(record);
            assertThat(store().configurations(VM)).as("after " + name).isEmpty();
            assertThat(store().journal()).as("the journal after " + name).containsExactly(entry(VM, "op-1"));
        });
    }

    @Test
    @DisplayName("the leases that are held are listed by VM, over a restart, and those that were given back are not")
    final void heldLeasesAreListed() throws Exception {
        Lease other = lease(OTHER_VM, "op-2");
        Lease one = lease(VM, "op-1");
        assertThat(store().leases()).containsExactly(one, other);

        store().release(other);
        clock.advance(MINUTE.multipliedBy(2));
        restart();

        assertThat(store().leases()).containsExactly(one);
    }

    @Test
    @DisplayName("a request to cancel an operation stays as long as its lease, over a restart, and needs a lease")
    final void aRequestToCancelGoesWithTheLease() throws Exception {
        assertThat(store().requestCancel("op-1")).isFalse();
        Lease lease = lease(VM, "op-1");
        lease(OTHER_VM, "op-2");
        assertThat(store().cancelRequests()).isEmpty();

        assertThat(store().requestCancel("op-1")).isTrue();
        assertThat(store().requestCancel("op-1")).isTrue();
        store().renew(lease, MINUTE);
        restart();
        assertThat(store().cancelRequests()).containsExactly("op-1");

        store().release(lease);
        assertThat(store().cancelRequests()).isEmpty();
        lease(VM, "op-3");
        assertThat(store().cancelRequests()).isEmpty();
    }

    @Test
    @DisplayName("a request to cancel an operation does not pass to the next holder of the lease")
    final void aRequestToCancelDoesNotPassOn() {
        lease(VM, "op-1");
        store().requestCancel("op-1");
        clock.advance(MINUTE);
        lease(VM, "op-2");

        assertThat(store().cancelRequests()).isEmpty();
        assertThat(store().requestCancel("op-1")).isFalse();
    }
}
