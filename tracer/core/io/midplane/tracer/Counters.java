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
    private static final long BORDER_1 = 1276901417L;
    private static final long BORDER_2 = 1518500250L;
    private static final long BORDER_3 = 1805811302L;
    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

    /** The id of the thread with cells of its own; 0 before anything was counted. */
    private volatile long owner;
    /** Buckets, then the sum; made by the owner. */
    private long[] own;
    private volatile AtomicLongArray shared;
    final AtomicLong failed = new AtomicLong();
    final AtomicLong handled = new AtomicLong();
    /** What the runner was told on this connection; only the shipper looks at it. */
    long told = -1;

    void record(long us, long thread) {
        int bucket = bucket(us);
        if (owner == thread || claim(thread)) {
            long[] cells = own;
            CELLS.setOpaque(cells, bucket, cells[bucket] + 1);
            CELLS.setOpaque(cells, BUCKETS, cells[BUCKETS] + us);
            return;
        }
        AtomicLongArray to = shared();
        to.getAndIncrement(bucket);
        to.getAndAdd(BUCKETS, us);
    }

    private boolean claim(long thread) {
        if (owner != 0) {
            return false;
        }
        synchronized (this) {
            if (owner == 0) {
                own = new long[BUCKETS + 1];
                owner = thread;
            }
            return owner == thread;
        }
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
        int quarter = mantissa < BORDER_2 ? mantissa < BORDER_1 ? 0 : 1 : mantissa < BORDER_3 ? 2 : 3;
        return Math.min(octave * 4 + quarter, BUCKETS - 1);
    }

    long count(int bucket) {
        if (owner == 0) {
            return 0;
        }
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
