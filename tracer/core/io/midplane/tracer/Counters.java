package io.midplane.tracer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Exact counts and a histogram of one node: bucket = floor(4 * log2(microseconds + 1)).
 *
 * <p>Most nodes are run by one thread, the first that came: it counts in cells that only it writes. Others share cells with
 * atomic additions. A reader adds both.
 */
final class Counters {
    /** 24 days of microseconds. */
    static final int BUCKETS = 168;
    /** 2^(1/4), 2^(2/4), 2^(3/4), in units of 2^-30, rounded up: the borders within an octave. */
    private static final long[] BORDERS = {1276901417L, 1518500250L, 1805811302L};
    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(Counters.class, "owner", long.class);
        } catch (ReflectiveOperationException err) {
            throw new ExceptionInInitializerError(err);
        }
    }

    /** The id of the thread with cells of its own; 0 before anything was counted. */
    @SuppressWarnings("unused")
    private volatile long owner;
    /** Buckets, then the sum. */
    private final long[] own = new long[BUCKETS + 1];
    private volatile AtomicLongArray shared;
    final AtomicLong failed = new AtomicLong();
    final AtomicLong handled = new AtomicLong();
    /** What the runner was told on this connection; only the shipper looks at it. */
    long told = -1;

    void record(long us, long thread) {
        int bucket = bucket(us);
        long holder = owner;
        if (holder == thread || holder == 0 && OWNER.compareAndSet(this, 0L, thread)) {
            CELLS.setOpaque(own, bucket, own[bucket] + 1);
            CELLS.setOpaque(own, BUCKETS, own[BUCKETS] + us);
            return;
        }
        AtomicLongArray to = shared();
        to.getAndIncrement(bucket);
        to.getAndAdd(BUCKETS, us);
    }

    private AtomicLongArray shared() {
        AtomicLongArray to = shared;
        if (to == null) {
            synchronized (this) {
                to = shared;
                if (to == null) {
                    to = new AtomicLongArray(BUCKETS + 1);
                    shared = to;
                }
            }
        }
        return to;
    }

    static int bucket(long us) {
        long value = us + 1;
        int octave = 63 - Long.numberOfLeadingZeros(value);
        long mantissa = octave > 30 ? value >>> (octave - 30) : value << (30 - octave);
        int quarter = mantissa < BORDERS[1] ? mantissa < BORDERS[0] ? 0 : 1 : mantissa < BORDERS[2] ? 2 : 3;
        return Math.min(octave * 4 + quarter, BUCKETS - 1);
    }

    long count(int bucket) {
        AtomicLongArray others = shared;
        return (long) CELLS.getOpaque(own, bucket) + (others == null ? 0 : others.get(bucket));
    }

    long sumUs() {
        return count(BUCKETS);
    }

    long total() {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += count(i);
        }
        return total;
    }
}
