package dev.vmsnap.core.internal.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;

/** Runs a call at once unless the test holds it, and lets time pass only while somebody waits. */
final class ScriptedThreads implements NodeThreads {
    private final List<Runnable> held = new ArrayList<>();
    private final List<Later> later = new ArrayList<>();
    private long now;
    private long tick;
    private int calls;
    private int holdFrom = Integer.MAX_VALUE;
    private int holdTo = Integer.MIN_VALUE;

    private record Later(Runnable task, Duration delay, long due) {}

    /** Has no call return from now on, until they are released. */
    void holdAll() {
        hold(1, Integer.MAX_VALUE);
    }

    /** Has one call hang, counted from 1 from now on. */
    void hold(int call) {
        hold(call, call);
    }

    private void hold(int from, int to) {
        calls = 0;
        holdFrom = from;
        holdTo = to;
    }

    /** Has time pass whenever somebody asks for it. */
    void tick() {
        tick = 1;
    }

    /** Lets the calls that hang go on, and holds no more. */
    void release() {
        holdFrom = Integer.MAX_VALUE;
        List<Runnable> all = List.copyOf(held);
        held.clear();
        all.forEach(Runnable::run);
    }

    /** How many calls hang. */
    int hanging() {
        return held.size();
    }

    /** How long anybody has waited so far. */
    Duration waited() {
        return Duration.ofNanos(now);
    }

    /** Returns the delays after which something is to run. */
    List<Duration> delays() {
        return later.stream().map(Later::delay).toList();
    }

    /** Lets time pass until the next task is due, and runs it. */
    void runNext() {
        Later next = later.stream().min(Comparator.comparing(Later::due)).orElseThrow();
        later.remove(next);
        now = Math.max(now, next.due());
        next.task().run();
    }

    @Override
    public void execute(Runnable call) {
        calls++;
        if (calls >= holdFrom && calls <= holdTo) {
            held.add(call);
        } else {
            call.run();
        }
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        Later scheduled = new Later(task, delay, now + delay.toNanos());
        later.add(scheduled);
        return () -> later.remove(scheduled);
    }

    @Override
    public long nanoTime() {
        now += tick;
        return now;
    }

    @Override
    public <T> T poll(BlockingQueue<T> answers, long nanos) {
        T answer = answers.poll();
        if (answer == null) {
            now += nanos;
        }
        return answer;
    }
}
