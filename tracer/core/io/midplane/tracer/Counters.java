package io.midplane.tracer;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Exact counts and a histogram of one node: bucket = floor(4 * log2(microseconds + 1)). */
final class Counters {
    /** 24 days of microseconds. */
    static final int BUCKETS = 168;
    /** 2^(1/4), 2^(2/4), 2^(3/4), in units of 2^-30: the borders within an octave. */
    private static final long[] BORDERS = {1276901417L, 1518500250L, 1805811302L};

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final AtomicLong sumUs = new AtomicLong();
    final AtomicLong failed = new AtomicLong();
    final AtomicLong handled = new AtomicLong();
    /** What the runner was told on this connection; only the shipper looks at it. */
    long told = -1;

    void record(long us) {
        buckets.getAndIncrement(bucket(us));
        sumUs.getAndAdd(us);
    }

    static int bucket(long us) {
        long value = us + 1;
        int octave = 63 - Long.numberOfLeadingZeros(value);
        long mantissa = octave > 30 ? value >>> (octave - 30) : value << (30 - octave);
        int quarter = 0;
        while (quarter < 3 && mantissa >= BORDERS[quarter]) {
            quarter++;
        }
        return Math.min(octave * 4 + quarter, BUCKETS - 1);
    }

    long count(int bucket) {
        return buckets.get(bucket);
    }

    long sumUs() {
        return sumUs.get();
    }

    long total() {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += buckets.get(i);
        }
        return total;
    }
}
