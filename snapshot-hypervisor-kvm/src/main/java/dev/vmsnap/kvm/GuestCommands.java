package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands with the rights of a VM's own process. They drop those of the node's root and gain none: if the node's user is
 * neither root nor the VM's user, nothing is run.
 */
final class GuestCommands implements Commands {
    /** The user by whom everybody's rights are tried. */
    static final String NOBODY = "+65534:+65534";

    private static final int REFUSED = 118;

    // As libvirt writes accounts: "+uid:+gid", or names. The groups are those that the node gives the user.
    private static final String AS = """
            number() { case $2 in +*) echo "${2#+}" ;; *) id "$1" -- "$2" 2>/dev/null ||
                getent group -- "$2" | cut -d : -f 3 ;; esac; }
            uid=$(number -u "${1%%:*}")
            gid=$(number -g "${1#*:}")
            shift
            case $uid:$gid in *[!0-9:]* | :* | *:) exit 118 ;; esac
            me=$(id -u) || exit 118
            [ "$me" != "$uid" ] || exec "$@"
            [ "$me" = 0 ] || exit 118
            groups=$(id -G -- "$uid" 2>/dev/null | tr ' ' ,)
            if [ -n "$groups" ]; then set -- --groups "$groups" -- "$@"; else set -- --clear-groups -- "$@"; fi
            exec setpriv --reuid "$uid" --regid "$gid" --inh-caps=-all --no-new-privs "$@"
            """;

    private final Commands commands;
    private final String account;

    /**
     * Makes them.
     *
     * @param commands of the node
     * @param account the VM's user and group, as libvirt writes them
     */
    GuestCommands(Commands commands, String account) {
        this.commands = commands;
        this.account = account;
    }

    @Override
    public Result run(Command command) {
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", AS, "sh", account));
        arguments.addAll(command.arguments());
        Result result = commands.run(new Command(arguments, command.input(), command.timeout(), command.outputLimit()));
        if (result.exitCode() == REFUSED) {
            throw Failures.of(
                    Reason.DENIED,
                    "the node's user is neither root nor " + account
                            + ", as whom the VM runs, so nobody can find out what the VM may read");
        }
        return result;
    }
}
