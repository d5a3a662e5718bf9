package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What becomes of the KVM driver when libvirt's daemon hangs, and of its threads. They are counted in a process in which
 * there are no others.
 */
@Timeout(180)
final class DriverThreadsTest {
    private static final String URI = "test:///default";

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aDaemonThatHangsIsNoticedAndUsedAgainWhenItGoesOnAndNoThreadStaysBehind() throws Exception {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        lab.define(guest);
        lab.virsh("start", guest.name());
        String vm = lab.virsh("domuuid", guest.name()).strip();
        try (Child child = Child.start("hang", lab.uri(), vm)) {
            assertThat(child.says()).isEqualTo("connected");
            lab.daemon("freeze");
            lab.cleanUp(() -> lab.daemon("thaw"));
            child.goOn();
            assertThat(child.says()).isEqualTo("given up");
            lab.daemon("thaw");
            child.goOn();

            assertThat(child.says()).isEqualTo("left: []");
        }
    }

    /** A thread inside a native call holds up the end of the JVM. */
    @Test
    void theThreadForEventsLivesAsLongAsAnyConnection() throws Exception {
        try (Child child = Child.start("events", URI, "")) {
            assertThat(child.says()).isEqualTo("one closed: 1");
            assertThat(child.says()).isEqualTo("both closed: 0");
            assertThat(child.says()).isEqualTo("another one: 1");
        }
    }

    /** A process with the driver in it, which waits for a line before it goes on. */
    static final class Child implements AutoCloseable {
        private static final Duration PATIENCE = Duration.ofSeconds(30);
        private static final Duration POLL = Duration.ofMillis(20);

        private final Process process;
        private final BufferedReader lines;

        private Child(Process process) {
            this.process = process;
            this.lines = process.inputReader(StandardCharsets.UTF_8);
        }

        static Child start(String story, String uri, String vm) throws IOException {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            return new Child(new ProcessBuilder(
                            java, "-cp", System.getProperty("java.class.path"), Child.class.getName(), story, uri, vm)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }

        String says() throws IOException {
            return String.valueOf(lines.readLine());
        }

        void goOn() throws IOException {
            Writer input = process.outputWriter(StandardCharsets.UTF_8);
            input.write("\n");
            input.flush();
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }

        public static void main(String[] arguments) throws IOException {
            if (arguments[0].equals("hang")) {
                hang(arguments[1], VmId.of(arguments[2]));
            } else {
                events(arguments[1]);
            }
        }

        private static void hang(String uri, VmId vm) throws IOException {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (KvmHypervisor kvm = KvmHypervisor.connect(uri);
                    KvmHypervisor late = KvmHypervisor.connect(uri)) {
                kvm.find(vm);
                System.out.println("connected");
                input.readLine();
                giveUp(() -> kvm.find(vm));
                giveUp(() -> kvm.hold(vm));
                giveUp(() -> late.find(vm));
                System.out.println("given up");
                input.readLine();
                late.find(vm);
                kvm.hold(vm);
                kvm.release(vm);
            }
            System.out.println("left: " + awaited(Child::workers, List.of()));
        }

        private static void giveUp(Runnable call) {
            long begin = System.nanoTime();
            DriverException e = catchThrowableOfType(DriverException.class, call::run);
            assertThat(e.reason()).isIn(DriverException.Reason.UNREACHABLE, DriverException.Reason.TIMEOUT);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
        }

        private static void events(String uri) {
            try (KvmHypervisor one = KvmHypervisor.connect(uri)) {
                try (KvmHypervisor other = KvmHypervisor.connect(uri)) {
                    one.vms();
                    other.vms();
                }
                System.out.println("one closed: " + eventThreads());
            }
            System.out.println("both closed: " + awaited(Child::eventThreads, 0L));
            try (KvmHypervisor again = KvmHypervisor.connect(uri)) {
                again.vms();
                System.out.println("another one: " + eventThreads());
            }
        }

        private static <T> T awaited(Supplier<T> seen, T wanted) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!seen.get().equals(wanted) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(POLL.toNanos());
            }
            return seen.get();
        }

        private static long eventThreads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("vmsnap-kvm-events"))
                    .count();
        }

        /** Threads of the driver that have not come back from what they do, and where they are. */
        private static List<String> workers() {
            return Thread.getAllStackTraces().entrySet().stream()
                    .filter(entry -> entry.getKey().getName().matches("vmsnap-kvm-[0-9]+"))
                    .filter(entry -> Arrays.stream(entry.getValue())
                            .anyMatch(frame -> frame.getClassName().startsWith("dev.vmsnap.kvm")))
                    .map(entry -> entry.getKey().getName() + " in " + Arrays.toString(entry.getValue()))
                    .toList();
        }
    }
}
