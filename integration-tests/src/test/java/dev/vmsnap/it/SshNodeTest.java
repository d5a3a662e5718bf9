package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.testkit.TestCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node behind a real OpenSSH server: libvirt, commands and files all go that way. */
@Timeout(300)
final class SshNodeTest {
    // sshd lets ten commands share a connection.
    private static final int AT_ONCE = 14;

    @RegisterExtension
    final Lab lab = new Lab();

    private Sshd sshd;

    @BeforeEach
    void start() {
        sshd = Sshd.start(lab);
    }

    @Test
    void aGuestLivesItsWholeLifeOnANodeBehindSsh() throws IOException {
        String knownToTheUser = knownToTheUser();
        Host host = away().boot();
        host.tickOn();

        Snapshot running = host.create("running, $(touch owned) 'ü'");
        long before = host.tickOn();
        Snapshot ram = host.createWithRam("with RAM");
        long atRam = host.console().lastTick().orElseThrow();
        host.tickOn();
        Path manifest = manifest(host.guest().disks().get(0));
        assertThat(mode(manifest)).isEqualTo("rw-------");
        assertThat(mode(manifest.getParent())).isEqualTo("rwx------");
        assertThat(Files.readString(manifest))
                .contains(running.id().toString(), ram.id().toString(), "'ü'");

        host.restore(ram);
        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(before, atRam + 3);
        host.tickOn();

        host.powerOff();
        List<Long> counters = host.diskCounters();
        Snapshot off = host.create("off");
        assertThat(off.receipt().orElseThrow().consistency()).isEqualTo(Snapshot.Consistency.OFFLINE);
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk))
                    .containsExactlyInAnyOrder(
                            ImageInfo.tag(running.id()), ImageInfo.tag(ram.id()), ImageInfo.tag(off.id()));
        }
        host.restore(running);
        assertThat(host.diskCounters()).allSatisfy(c -> assertThat(c).isLessThanOrEqualTo(before));
        host.boot().tickOn();
        host.powerOff();
        host.restore(off);
        assertThat(host.power()).isEqualTo(PowerState.OFF);
        assertThat(host.diskCounters()).isEqualTo(counters);

        assertThat(host.snapshots().deleteAll(host.vm(), ADMIN).await().isEmpty())
                .isTrue();
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).isEmpty();
        }
        host.assertImagesClean();
        assertThat(manifest).doesNotExist();
        assertThat(knownToTheUser()).isEqualTo(knownToTheUser);
    }

    @Test
    void ramGoesBesideTheDisksOnANodeBehindSsh() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        KvmHypervisor kvm = driver(sshd.uri());
        LoopDevice device = LoopDevice.of(lab, 64);
        TestCall call = new TestCall(guest.found(), kvm);
        kvm.hold(guest.vm());
        long at = guest.console().lastTick().orElseThrow();

        long needed = kvm.save(guest.vm(), device.path(), call);
        kvm.release(guest.vm());
        guest.tickOn();
        kvm.restore(guest.vm(), device.path(), kvm.configuration(guest.vm()), PowerState.RUNNING, call);

        assertThat(needed).isBetween(200L << 10, 2L << 20);
        assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(at, at + 2);
    }

    @Test
    void argumentsInputAndExitCodesArriveUnchanged() {
        Commands commands = driver(sshd.uri()).commands();
        List<String> hostile = List.of(
                "",
                " two  spaces ",
                "'",
                "it's \"quoted\"",
                "$(touch owned)",
                "`touch owned`",
                "$HOME",
                "a\nb\n",
                "\\",
                "*",
                "~",
                "; exit 9",
                "--",
                "-n",
                "!!",
                "\t\r",
                "äß 東京 \uD83D\uDC27");
        List<String> arguments = new ArrayList<>(List.of("printf", "%s\\0"));
        arguments.addAll(hostile);
        Command echo = new Command(arguments, "", PATIENCE, 1 << 20);

        assertThat(commands.run(echo).output()).isEqualTo(String.join("\0", hostile) + "\0");
        assertThat(commands.run(Command.of("cat").reading("line\n\r\n~.\nü\u0001"))
                        .output())
                .isEqualTo("line\n\r\n~.\nü\u0001");
        assertThat(commands.run(Command.of("locale")).output()).contains("LC_ALL=C");
        for (int code : List.of(0, 1, 42, 126, 254)) {
            Commands.Result result =
                    commands.run(Command.of("sh", "-c", "echo out; echo err >&2; exit $1", "sh", String.valueOf(code)));
            assertThat(result).isEqualTo(new Commands.Result(code, "out\n", "err"));
        }
        failsFor(Reason.TOOL_MISSING, () -> commands.run(Command.of("no such program")));
        failsFor(
                Reason.BROKEN,
                () -> commands.run(new Command(List.of("head", "-c", "2000", "/dev/zero"), "", PATIENCE, 1000)));
    }

    @Test
    void aCommandThatTakesTooLongIsGivenUpAndOthersGoOn() {
        Commands commands = driver(sshd.uri()).commands();
        assertThat(commands.run(Command.of("true")).exitCode()).isZero();
        CompletableFuture<Void> late = CompletableFuture.runAsync(
                () -> failsFor(Reason.TIMEOUT, () -> commands.run(sleep("61").within(Duration.ofSeconds(10)))));
        await(() -> sshd.running("sleep 61") > 0);
        CompletableFuture<Commands.Result> other = CompletableFuture.supplyAsync(
                () -> commands.run(Command.of("sh", "-c", "while [ ! -e \"$1\" ]; do sleep 0.1; done", "sh", go())));

        late.join();
        assertThat(commands.run(Command.of("touch", go())).exitCode()).isZero();
        assertThat(other.join().exitCode()).isZero();
        // sshd closes a command's outputs when its client is gone, and ends no program.
        assertThat(sshd.running("sleep 61")).isPositive();
        sshd.kill();
    }

    @Test
    void whatIsWatchedIsToldAsItComesAndKilledThereOnceItIsNotWantedOrNobodyWaits() throws IOException {
        KvmHypervisor driver = driver(sshd.uri());
        Commands commands = driver.commands();
        List<String> pieces = new ArrayList<>();
        Command steps = Command.of("sh", "-c", "printf one; read -r go; echo \" $go\"; echo err >&2; exit 3");
        assertThat(commands.run(steps.reading("two 'ü'\n"), pieces::add))
                .isEqualTo(new Commands.Result(3, "one two 'ü'\n", "err"));
        assertThat(String.join("", pieces)).isEqualTo("one two 'ü'\n");

        Command silent = Command.of("sh", "-c", "sleep 63 & sleep 64");
        assertThatThrownBy(() -> commands.run(silent, piece -> sshd.running("sleep 64") == 0))
                .isInstanceOf(CancelledException.class);
        await(() -> sshd.running("sleep 63") + sshd.running("sleep 64") == 0);
        failsFor(Reason.TOOL_MISSING, () -> commands.run(Command.of("no such program"), piece -> true));
        failsFor(Reason.TIMEOUT, () -> commands.run(sleep("65").within(Duration.ofSeconds(1)), piece -> true));
        await(() -> sshd.running("sleep 65") == 0);

        CompletableFuture<Commands.Result> cut =
                CompletableFuture.supplyAsync(() -> commands.run(sleep("66"), piece -> true));
        await(() -> sshd.running("sleep 66") > 0);
        driver.close();
        assertThatThrownBy(cut::join).hasCauseInstanceOf(DriverException.class);
        await(() -> sshd.running("sleep 66") == 0);
    }

    @Test
    void moreCommandsAtOnceThanOneConnectionCarries() {
        Commands commands = driver(sshd.uri()).commands();
        ExecutorService threads = Executors.newCachedThreadPool();
        lab.cleanUp(threads::shutdownNow);
        Command waiting = Command.of("sh", "-c", "while [ ! -e \"$1\" ]; do sleep 0.2; done; echo gone", "sh", go());

        List<CompletableFuture<String>> all = IntStream.range(0, AT_ONCE)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> commands.run(waiting).output(), threads))
                .toList();
        await(() -> sshd.running(go()) >= AT_ONCE);
        assertThat(commands.run(Command.of("touch", go())).exitCode()).isZero();

        assertThat(all).allSatisfy(one -> assertThat(one.join()).isEqualTo("gone\n"));
    }

    @Test
    void theUsualSocketNeedsNothingButLibvirtOnTheNode() {
        assertThat(driver(sshd.uriOfTheUsualSocket()).version())
                .isEqualTo(driver(lab.uri()).version());
    }

    @Test
    void filesAreWrittenReadAndDeletedForTheirOwnerOnly() throws IOException {
        NodeFiles files = driver(sshd.uri()).files();
        Path file = lab.directory().resolve("new 'ü'\n$(x)").resolve("-manifest \"1\"");
        byte[] content = new byte[300_000];
        IntStream.range(0, content.length).forEach(i -> content[i] = (byte) (i * 31));

        assertThat(files.read(file.toString())).isEmpty();
        files.write(file.toString(), "first".getBytes(StandardCharsets.UTF_8));
        files.write(file.toString(), content);

        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(files.read(file.toString()).orElseThrow()).isEqualTo(content);
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(file.getParent())).isEqualTo("rwx------");
        assertThat(files.fileSystem(file.toString()).orElseThrow().freeBytes()).isPositive();
        files.delete(file.toString());
        files.delete(file.toString());
        assertThat(file.getParent()).isEmptyDirectory();
    }

    @Test
    @Timeout(60)
    void aNodeThatDoesNotAnswerIsNotTheOneOrDoesNotLetInIsSaid() {
        List<String> uris = List.of(
                sshd.uri(Sshd.freePort(), "user", "known hosts"),
                sshd.uri(sshd.port(), "user", "known others"),
                sshd.uri(sshd.port(), "user", "nothing known"));
        for (String uri : uris) {
            failsEverywhere(Reason.UNREACHABLE, driver(uri));
        }
        failsEverywhere(Reason.DENIED, driver(sshd.uri(sshd.port(), "stranger", "known hosts")));
        assertThat(driver(uris.get(2) + "&known_hosts_verify=auto").version()).isNotBlank();
        assertThat(driver(uris.get(2)).version()).as("known by now").isNotBlank();
    }

    @Test
    void anSshServerThatDiesIsReportedAndForgottenOnceItIsBack() {
        Host host = away().boot();
        Snapshot first = host.createWithRam("before");
        Commands commands = driver(sshd.uri()).commands();
        CompletableFuture<Commands.Result> cut = CompletableFuture.supplyAsync(() -> commands.run(sleep("62")));
        await(() -> sshd.running("sleep 62") > 0);

        sshd.kill();

        assertThatThrownBy(cut::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.Create(SnapshotSpec.named("x")), ADMIN)
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.NODE_UNREACHABLE);
        assertThatThrownBy(() -> host.create("while it is gone")).isInstanceOf(SnapshotException.class);
        host.tickOn();

        sshd.start();

        Snapshot second = host.create("after");
        assertThat(second.parent()).contains(first.id());
        assertThat(commands.run(Command.of("echo", "back")).output()).isEqualTo("back\n");
        host.restore(first);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
    }

    private Host away() {
        return Host.away(lab, sshd.uri(), TickerGuest.in(lab.directory(), lab.newName(), 2));
    }

    private KvmHypervisor driver(String uri) {
        KvmHypervisor driver = KvmHypervisor.connect(uri);
        lab.cleanUp(driver::close);
        return driver;
    }

    private String go() {
        return lab.directory().resolve("go").toString();
    }

    private static Command sleep(String seconds) {
        return Command.of("sleep", seconds);
    }

    private static void failsEverywhere(Reason reason, KvmHypervisor driver) {
        failsFor(reason, driver::version);
        failsFor(reason, () -> driver.commands().run(Command.of("true")));
        failsFor(reason, () -> driver.files().read("/etc/hostname"));
    }

    private static void failsFor(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** What ssh would write to if it took the user's own files. */
    private static String knownToTheUser() {
        return Shell.attempt("ls", "-l", "--full-time", System.getProperty("user.home") + "/.ssh/known_hosts")
                .output();
    }

    /** The one copy of the records beside a disk. */
    private static Path manifest(GuestDisk disk) throws IOException {
        try (Stream<Path> files = Files.list(disk.file().resolveSibling(".vmsnap"))) {
            return files.toList().get(0);
        }
    }
}
