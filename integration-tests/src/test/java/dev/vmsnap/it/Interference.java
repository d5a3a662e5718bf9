package dev.vmsnap.it;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.HypervisorDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Stands between a driver and its node and lets something happen at an exact line of what is run there. */
public final class Interference {
    private static final String LVM_SCRIPT = "#!lvm";

    private Interference() {}

    /** What happens when the line comes up, before it is run. */
    public interface Happening {
        /**
         * Lets it happen.
         *
         * @return how the command ends at this line; empty when it goes on with it as if nothing had been
         */
        Optional<Result> happens();
    }

    /** A driver that does all that the real one does, until a line comes up. */
    public static HypervisorDriver at(HypervisorDriver real, Line line, Happening happening) {
        Commands commands = new Watched(real.commands(), line, happening);
        return (HypervisorDriver) Proxy.newProxyInstance(
                Interference.class.getClassLoader(), interfaces(real), (proxy, method, arguments) -> {
                    try {
                        return switch (method.getName()) {
                            case "commands" -> commands;
                            case "fencedBy" ->
                                at(real.fencedBy((HypervisorDriver.Fence) arguments[0]), line, happening);
                            default -> method.invoke(real, arguments);
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The command fails at that line; what stands before it has been done. */
    public static Happening failure() {
        return () -> Optional.of(new Result(5, "", "  a fault was set here"));
    }

    /** Something happens beside it, then the line is run. */
    public static Happening first(Runnable work) {
        return () -> {
            work.run();
            return Optional.empty();
        };
    }

    /** A line that is run on a node: a command of its own, or one of an LVM script. It comes up once. */
    public static final class Line {
        private final Predicate<String> which;
        private final int nth;
        private final AtomicInteger seen = new AtomicInteger();

        private Line(Predicate<String> which, int nth) {
            this.which = which;
            this.nth = nth;
        }

        /** The first line with all those words. */
        public static Line with(String... words) {
            return new Line(text -> Stream.of(words).allMatch(text::contains), 1);
        }

        /** The n-th line (from 1) that changes something in LVM. */
        public static Line changingLvm(int nth) {
            return new Line(text -> text.startsWith("lv") && !text.startsWith("lvs"), nth);
        }

        private boolean comesUp(String text) {
            return which.test(text) && seen.incrementAndGet() == nth;
        }
    }

    private record Watched(Commands real, Line line, Happening happening) implements Commands {
        @Override
        public Result run(Command command) {
            List<String> lines = lines(command);
            for (int at = 0; at < lines.size(); at++) {
                if (line.comesUp(lines.get(at))) {
                    return interrupted(command, lines, at);
                }
            }
            return real.run(command);
        }

        private Result interrupted(Command command, List<String> lines, int at) {
            if (at > 0) {
                Result before = real.run(script(command, lines.subList(0, at)));
                if (!before.succeeded()) {
                    return before;
                }
            }
            return happening
                    .happens()
                    .orElseGet(
                            () -> at == 0 ? real.run(command) : run(script(command, lines.subList(at, lines.size()))));
        }

        private static List<String> lines(Command command) {
            List<String> lines = new ArrayList<>(command.input().lines().toList());
            return !lines.isEmpty() && lines.remove(0).equals(LVM_SCRIPT)
                    ? lines
                    : List.of(String.join(" ", command.arguments()));
        }

        private static Command script(Command whole, List<String> lines) {
            return whole.reading(LVM_SCRIPT + "\n" + String.join("\n", lines) + "\n");
        }
    }

    private static Class<?>[] interfaces(HypervisorDriver real) {
        return Arrays.stream(real.getClass().getInterfaces()).toArray(Class<?>[]::new);
    }
}
