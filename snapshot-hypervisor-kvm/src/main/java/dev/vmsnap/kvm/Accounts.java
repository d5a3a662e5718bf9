package dev.vmsnap.kvm;

import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import java.util.Optional;
import java.util.Set;

/** Finds the users that VMs run as. */
final class Accounts {
    private static final Set<String> ROOT = Set.of("+0", "0", "root");

    private final Guests guests;
    private final Daemon daemon;
    private final Commands commands;

    Accounts(Guests guests, Daemon daemon, Commands commands) {
        this.guests = guests;
        this.daemon = daemon;
        this.commands = commands;
    }

    private record Facts(boolean active, Optional<String> account) {}

    Commands commandsAs(VmId vm) {
        Facts facts = guests.ask(vm, "read the account of", domain -> {
            boolean active = domain.state().power().isActive();
            return new Facts(
                    active,
                    DomainXml.parse(domain.xml(active ? 0 : Virt.XML_INACTIVE)).account());
        });
        return facts.account()
                .or(daemon::account)
                .map(account -> isRoot(account) && !facts.active() ? GuestCommands.NOBODY : account)
                .<Commands>map(account -> new GuestCommands(commands, account))
                .orElse(commands);
    }

    private static boolean isRoot(String account) {
        return ROOT.contains(account.split(":", 2)[0]);
    }
}
