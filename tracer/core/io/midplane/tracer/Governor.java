package io.midplane.tracer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/**
 * Keeps the tracer's share of the process's CPU small: above the limit it halves sampling and says so, far below
 * it doubles it again.
 *
 * <p>Encoding and shipping are measured; a step is counted at what it was measured to cost. Counters and failures are never
 * reduced.
 */
final class Governor {
    /** 70 ns for timings (measured, see the tracer's benchmark), rounded up. */
    private static final long STEP_NS = 80;
    /**
     * Below 2 % of one core nobody gains by fewer messages: a route that only passes on 250 messages a second is above any share, and
     * its records cost half of this.
     */
    private static final double IDLE = 0.02;
    /**
     * A small record takes no longer than this, and two payloads of 64 KiB a hundred microseconds; more is time in which somebody else had
     * the processor, of which a busy machine has much.
     */
    private static final long ENCODE_MAX_NS = 10_000;
    private static final double BYTE_MAX_NS = 0.75;
    private static final double LEAST = 1.0 / 1024;
    /** Linux counts in hundredths of a second for everybody. */
    private static final long TICK_NS = 10_000_000L;

    private final Tracer tracer;
    private final LongAdder steps = new LongAdder();
    private final LongAdder spentNs = new LongAdder();
    private volatile double factor = 1;
    private long beforeOurs;
    private long beforeCpu;
    private long beforeNs;

    Governor(Tracer tracer) {
        this.tracer = tracer;
    }

    double factor() {
        return factor;
    }

    void count(int more) {
        steps.add(more);
    }

    /** A record of so many bytes was encoded. */
    void spent(long ns, int bytes) {
        spentNs.add(Math.min(ns, ENCODE_MAX_NS + (long) (bytes * BYTE_MAX_NS)));
    }

    /** Looks at the time since it was last asked; on the shipper's thread, whose own time counts as well. */
    void look() {
        long now = System.nanoTime();
        long ours = spentNs.sum() + steps.sum() * STEP_NS + Math.max(0, threadNs());
        long cpu = cpuNs("self");
        long window = now - beforeNs;
        if (beforeNs != 0 && cpu > 0) {
            decide(ours - beforeOurs, cpu - beforeCpu, window);
        }
        beforeOurs = ours;
        beforeCpu = cpu;
        beforeNs = now;
    }

    void decide(long ours, long cpu, long window) {
        double limit = tracer.settings.governorPercent / 100;
        double share = cpu <= 0 ? 0 : (double) ours / cpu;
        if (share > limit && ours > window * IDLE && factor > LEAST) {
            factor = factor / 2;
            say(share, "above");
        } else if (share < limit / 3 && factor < 1) {
            factor = Math.min(1, factor * 2);
            say(share, "below");
        }
    }

    private void say(double share, String side) {
        String text = String.format(java.util.Locale.ROOT, "tracing takes %.1f %% of this process's CPU, %s its limit of %.1f %%: "
                + "%.1f %% of the successful messages are kept from now on", share * 100, side,
                tracer.settings.governorPercent, factor * 100);
        Quiet.say(text);
        tracer.shipper.log(30, text);
    }

    /** The kernel keeps a thread's time to the nanosecond; where it does not tell, in ticks. */
    private static long threadNs() {
        try {
            String times = Files.readString(Path.of("/proc/thread-self/schedstat"), StandardCharsets.ISO_8859_1);
            return Long.parseLong(times.substring(0, times.indexOf(' ')));
        } catch (Exception err) {
            return cpuNs("thread-self");
        }
    }

    private static long cpuNs(String of) {
        try {
            String stat = Files.readString(Path.of("/proc", of, "stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NS;
        } catch (Exception err) {
            return -1; // not Linux: the share is not known, nothing is reduced
        }
    }
}
