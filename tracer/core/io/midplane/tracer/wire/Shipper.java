package io.midplane.tracer.wire;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The one thread that talks to the runner: dials, says hello, and moves messages from the ring to the socket.
 *
 * <p>It is never interrupted (that would close the channel), and nobody waits for it but the end of the application, for a moment.
 * What was in frames when a connection ended and is not covered by credit is counted as uncertain and not sent again.
 */
public final class Shipper {
    private static final long TICK_MS = 50;
    /** With a tick on top: somebody watches, and waits for the runner and the control plane as well. */
    private static final long FLUSH_NS = 100_000_000L;
    private static final long STATS_NS = 10_000_000_000L;
    /** A load that begins is answered within seconds. */
    private static final long LOOK_NS = 2_000_000_000L;
    private static final long DROPS_NS = 1_000_000_000L;
    private static final long RETRY_MS = 100;
    private static final long RETRY_MAX_MS = 5_000;
    private static final long REFUSED_MS = 30_000;
    private static final long WELCOME_NS = 5_000_000_000L;
    /** At the end of an application: long enough for what is in the ring, short for somebody who waits. */
    private static final long LAST_NS = 1_000_000_000L;
    /** Lines and states that wait while nobody listens; the rest is lost, they are repeated or said by counters. */
    private static final int NOTES_MAX = 256;
    /** As many as a runner takes in one frame. */
    private static final int MESSAGES_MAX = 16_384;

    private final Source source;
    private final ConcurrentLinkedQueue<byte[]> notes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger noteCount = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean ending;
    private volatile boolean structureChanged = true;
    private Map<String, String> facts;
    private boolean started;

    private Connection connection;
    private long wait = RETRY_MS;
    private long sent;
    private long uncertain;
    private int saidWords;
    private long credit;
    private long firstCredit;
    private long spentCredit;
    /** Frames of messages that the runner has not given credit back for: where they end, and how many messages. */
    private final ArrayDeque<long[]> unsure = new ArrayDeque<>();
    /** One frame of messages, kept until it is sent; the same memory for all of them. */
    private final Buffer traces = new Buffer(Frames.TRACES_BYTES / 4);
    private int tracesWords;
    private int tracesMessages;
    private boolean refused;
    private long saidDrops = -1;

    public Shipper(Source source) {
        this.source = source;
    }

    public synchronized void start(Map<String, String> known) {
        if (started) {
            return;
        }
        started = true;
        facts = known;
        Thread thread = new Thread(this::run, "midplane-tracer");
        thread.setDaemon(true);
        thread.start();
    }

    public void structureChanged() {
        structureChanged = true;
    }

    public void routeState(int route, int state, long atUs) {
        Buffer out = new Buffer(32);
        int frame = out.beginFrame(Frames.ROUTE_STATE);
        out.number(route);
        out.u8(state);
        out.number(atUs);
        out.endFrame(frame);
        note(out.copy());
    }

    public void log(int level, String text) {
        Buffer out = new Buffer(text.length() + 32);
        int frame = out.beginFrame(Frames.LOG);
        out.number(System.currentTimeMillis() * 1000);
        out.u8(level);
        out.inline("io.midplane.tracer");
        out.inline("midplane-tracer");
        out.text(text);
        out.number(0);
        out.number(0);
        out.endFrame(frame);
        note(out.copy());
    }

    private void note(byte[] frame) {
        if (noteCount.incrementAndGet() > NOTES_MAX) {
            noteCount.decrementAndGet();
        } else {
            notes.add(frame);
        }
    }

    /** The application ends: sends what there is, if somebody listens. */
    public void finish() {
        synchronized (this) {
            if (!started || ending) {
                return;
            }
            ending = true;
        }
        try {
            ended.await(LAST_NS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!ending) {
                try {
                    session();
                } catch (Exception | LinkageError err) {
                    if (!(err instanceof java.io.IOException)) {
                        source.failed("ship", err);
                    }
                } finally {
                    lose();
                }
                long until = System.nanoTime() + (refused ? REFUSED_MS : wait) * 1_000_000;
                wait = Math.min(wait * 2, RETRY_MAX_MS);
                while (!ending && System.nanoTime() < until) {
                    LockSupport.parkNanos(TICK_MS * 1_000_000);
                }
            }
        } finally {
            ended.countDown();
        }
    }

    private void lose() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
        arrived();
        for (long[] frame : unsure) {
            uncertain += frame[1];
        }
        unsure.clear();
        saidDrops = -1;
    }

    /** Forgets the frames that the runner has given credit back for. */
    private void arrived() {
        while (!unsure.isEmpty() && unsure.peek()[0] <= credit - firstCredit) {
            unsure.remove();
        }
    }

    private void session() throws Exception {
        credit = 0;
        firstCredit = 0;
        spentCredit = 0;
        saidWords = 0;
        refused = false;
        connection = new Connection(source.address());
        hello();
        long deadline = System.nanoTime() + WELCOME_NS;
        while (credit == 0) {
            if (System.nanoTime() > deadline || ending && System.nanoTime() > deadline - WELCOME_NS + LAST_NS / 2) {
                return;
            }
            connection.await(TICK_MS);
            if (!read()) {
                return;
            }
        }
        wait = RETRY_MS;
        source.forget();
        structureChanged = true;
        ship();
    }

    private void hello() throws Exception {
        Buffer out = new Buffer(512);
        int frame = out.beginFrame(Frames.HELLO);
        out.u16(Frames.OLDEST);
        out.u16(Frames.VERSION);
        out.u64(source.instance());
        out.number(ProcessHandle.current().pid());
        out.number(source.startedUs());
        out.text(source.token());
        out.number(facts.size());
        for (Map.Entry<String, String> fact : facts.entrySet()) {
            out.text(fact.getKey());
            out.text(fact.getValue());
        }
        out.endFrame(frame);
        connection.write(out);
    }

    private void ship() throws Exception {
        long flushed = System.nanoTime();
        long statsAt = flushed;
        long lookedAt = flushed;
        long dropsAt = flushed;
        while (true) {
            boolean last = ending;
            if (!read()) {
                return;
            }
            long now = System.nanoTime();
            if (structureChanged) {
                structures();
            }
            notes();
            boolean due = now - flushed >= FLUSH_NS || source.ring().waitingBytes() >= Frames.TRACES_BYTES || last;
            boolean more = false;
            if (due) {
                more = traces();
                flushed = now;
            }
            if (now - lookedAt >= LOOK_NS) {
                source.look();
                lookedAt = now;
            }
            if (now - statsAt >= STATS_NS || last && !more) {
                stats();
                statsAt = now;
                dropsAt = now;
            } else if (now - dropsAt >= DROPS_NS && source.dropped() != saidDrops) {
                drops();
                dropsAt = now;
            }
            if (last && !more) {
                return;
            }
            if (!more) {
                connection.await(TICK_MS);
            }
        }
    }

    /** @return false when the connection is over */
    private boolean read() throws Exception {
        while (true) {
            byte[] frame = connection.read();
            if (frame == null) {
                return !connection.isOver();
            }
            if (!hear(frame)) {
                return false;
            }
        }
    }

    private boolean hear(byte[] frame) throws Exception {
        Inbox in = new Inbox(frame, 3);
        switch (frame[0] & 0xff) {
            case Frames.WELCOME:
                if (in.u16() != Frames.VERSION) {
                    return false;
                }
                credit = in.number();
                firstCredit = credit;
                return credit > 0;
            case Frames.REFUSE:
                refused = true;
                source.failed("be accepted by the runner", new java.io.IOException(in.text() + ": " + in.text()));
                return false;
            case Frames.CONFIG:
                source.config(in.text());
                return true;
            case Frames.CREDIT:
                credit = Math.max(credit, in.number());
                arrived();
                return true;
            case Frames.GET_IN_FLIGHT:
                inFlight(in.number());
                return true;
            case Frames.DUMP:
                source.forget();
                structures();
                stats();
                return true;
            default:
                return true;
        }
    }

    /** Says the words up to this number, which the frame after it may use. False: no credit. */
    private boolean say(int upTo) throws Exception {
        while (saidWords < upTo) {
            if (spentCredit >= credit) {
                return false;
            }
            Buffer out = new Buffer(4096);
            int frame = out.beginFrame(Frames.DICT);
            out.number(saidWords);
            Buffer list = new Buffer(4096);
            int count = 0;
            while (saidWords + count < upTo && list.size() < Frames.TRACES_BYTES) {
                list.text(source.words().word(saidWords + count));
                count++;
            }
            out.number(count);
            out.raw(list.array(), 0, list.size());
            out.endFrame(frame);
            connection.write(out);
            spentCredit += out.size();
            saidWords += count;
        }
        return true;
    }

    private void structures() throws Exception {
        structureChanged = false;
        int count = source.structures();
        if (!say(source.words().size())) {
            structureChanged = true;
            return;
        }
        for (int i = 0; i < count; i++) {
            byte[] body = source.structure(i);
            if (body != null && body.length <= Frames.BODY_MAX) {
                Buffer out = new Buffer(body.length + 8);
                int frame = out.beginFrame(Frames.STRUCTURE);
                out.raw(body, 0, body.length);
                out.endFrame(frame);
                connection.write(out);
            }
        }
    }

    private void notes() throws Exception {
        for (byte[] frame = notes.peek(); frame != null; frame = notes.peek()) {
            boolean costs = (frame[4] & 0xff) == Frames.LOG;
            if (costs && spentCredit >= credit) {
                return;
            }
            notes.remove();
            noteCount.decrementAndGet();
            Buffer out = new Buffer(frame.length);
            out.raw(frame, 0, frame.length);
            connection.write(out);
            spentCredit += costs ? frame.length : 0;
        }
    }

    /** @return whether there is more to send now */
    private boolean traces() throws Exception {
        if (tracesMessages == 0) {
            collect();
        }
        if (tracesMessages == 0 || !say(tracesWords) || spentCredit >= credit) {
            return false;
        }
        int messages = tracesMessages;
        tracesMessages = 0;
        sent += messages;
        spentCredit += traces.size();
        unsure.add(new long[] {spentCredit, messages});
        connection.write(traces);
        return source.ring().peek() != null;
    }

    /** Takes messages from the ring into one frame, which is then sent whole on this connection or the next. */
    private void collect() {
        traces.clear();
        int frame = traces.beginFrame(Frames.TRACES);
        int count = traces.later();
        int messages = 0;
        for (Ring.Record record = source.ring().peek(); record != null; record = source.ring().peek()) {
            if (messages > 0 && (traces.size() + record.bytes.length > Frames.TRACES_BYTES || messages == MESSAGES_MAX)) {
                break;
            }
            traces.blob(record.bytes, record.bytes.length);
            source.ring().remove();
            messages++;
        }
        traces.setLater(count, messages);
        traces.endFrame(frame);
        tracesMessages = messages;
        tracesWords = source.words().size();
    }

    private void stats() throws Exception {
        Buffer out = new Buffer(4096);
        int frame = out.beginFrame(Frames.STATS);
        source.stats(out);
        out.endFrame(frame);
        connection.write(out);
        drops();
    }

    private void drops() throws Exception {
        Buffer out = new Buffer(128);
        int frame = out.beginFrame(Frames.DROPS);
        saidDrops = source.drops(out, sent, uncertain);
        out.endFrame(frame);
        connection.write(out);
    }

    private void inFlight(long request) throws Exception {
        Buffer out = new Buffer(1024);
        int frame = out.beginFrame(Frames.IN_FLIGHT);
        source.inFlight(out, request);
        out.endFrame(frame);
        if (say(source.words().size())) {
            connection.write(out);
        }
    }
}
