package io.midplane.tracer.wire;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Messages that wait for the shipper: many producers, one consumer, bounded in slots and bytes, never waiting.
 *
 * <p>Each slot has a turn (Vyukov's bounded queue): a producer takes the slot whose turn equals its ticket. What does not fit
 * is refused, and the producer counts it.
 */
public final class Ring {
    private static final int SLOTS = 4096;
    private static final long BYTES_MAX = 16L << 20;
    /** Of the heap at most a twelfth, so that a workload of 64 MiB is not the one that pays for a missing runner. */
    private static final int HEAP_PART = 12;

    private final AtomicReferenceArray<Record> slots = new AtomicReferenceArray<>(SLOTS);
    private final AtomicLongArray turns = new AtomicLongArray(SLOTS);
    private final AtomicLong tail = new AtomicLong();
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final long most;

    /** One encoded message. */
    public static final class Record {
        final byte[] bytes;
        final boolean failed;

        public Record(byte[] bytes, boolean failed) {
            this.bytes = bytes;
            this.failed = failed;
        }
    }

    public Ring() {
        most = Math.min(BYTES_MAX, Runtime.getRuntime().maxMemory() / HEAP_PART);
        for (int i = 0; i < SLOTS; i++) {
            turns.set(i, i);
        }
    }

    /** How full it is in percent, by slots or bytes, whichever is more. */
    public int percent() {
        long waiting = tail.get() - head.get();
        return (int) Math.max(waiting * 100 / SLOTS, bytes.get() * 100 / most);
    }

    public long waiting() {
        return tail.get() - head.get();
    }

    long waitingBytes() {
        return bytes.get();
    }

    public boolean offer(Record record) {
        if (bytes.addAndGet(record.bytes.length) > most) {
            bytes.addAndGet(-record.bytes.length);
            return false;
        }
        while (true) {
            long ticket = tail.get();
            int slot = (int) (ticket & SLOTS - 1);
            long ahead = turns.get(slot) - ticket;
            if (ahead < 0) {
                bytes.addAndGet(-record.bytes.length);
                return false;
            }
            if (ahead == 0 && tail.compareAndSet(ticket, ticket + 1)) {
                slots.set(slot, record);
                turns.set(slot, ticket + 1);
                return true;
            }
        }
    }

    /** The oldest, without taking it; null when there is none. For the one consumer only. */
    Record peek() {
        long ticket = head.get();
        int slot = (int) (ticket & SLOTS - 1);
        return turns.get(slot) == ticket + 1 ? slots.get(slot) : null;
    }

    void remove() {
        long ticket = head.get();
        int slot = (int) (ticket & SLOTS - 1);
        Record record = slots.get(slot);
        slots.set(slot, null);
        turns.set(slot, ticket + SLOTS);
        head.set(ticket + 1);
        bytes.addAndGet(-record.bytes.length);
    }
}
