package io.midplane.tracer;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.StreamCache;
import org.apache.camel.spi.Synchronization;
import org.apache.camel.spi.UnitOfWork;

import io.midplane.tracer.wire.Ring;
import io.midplane.tracer.wire.Shipper;
import io.midplane.tracer.wire.Words;

/**
 * The tracer of this JVM: what the callbacks of all contexts come to.
 *
 * <pre>
 *   route begins -> track -> steps -> route ends -> kept? -> encoded once -> ring -> shipper -> runner
 * </pre>
 *
 * <p>Whether a message is kept is decided when it has ended, so that every failure is there with its steps and its
 * payload, whatever the rate. Counters are exact in any case. Callers catch what is thrown here.
 */
public final class Tracer {
    /** Between these percents of the ring, bodies and then whole successes are left out. */
    private static final int BODIES_UNTIL = 75;
    private static final int SUCCESSES_UNTIL = 90;
    private static final int NODES_MAX = Track.NODE_MASK;
    private static final String REDELIVERY = "CamelRedeliveryCounter";

    public final long instance = new SecureRandom().nextLong();
    final Clock clock = new Clock();
    public final long startedUs = clock.us();
    public final Words words = new Words();
    public final Ring ring = new Ring();
    final Flights flights = new Flights();
    final Governor governor = new Governor(this);
    final Address address;
    final Shipper shipper;
    /** Null where log lines are ours or say nothing of messages. */
    final Mdc mdc;
    volatile Settings settings;
    final List<RouteInfo> routes = new CopyOnWriteArrayList<>();
    private volatile NodeInfo[] nodes = new NodeInfo[64];
    private int nodeCount;
    private int routeCount;
    private final Set<CamelContext> running = ConcurrentHashMap.newKeySet();
    private final AtomicLong counter = new AtomicLong();

    final AtomicLong finished = new AtomicLong();
    final AtomicLong sampledOut = new AtomicLong();
    final AtomicLong droppedSuccesses = new AtomicLong();
    final AtomicLong droppedFailures = new AtomicLong();
    final AtomicLong droppedSuccessBodies = new AtomicLong();
    final AtomicLong droppedFailureBodies = new AtomicLong();
    final AtomicLong broken = new AtomicLong();

    private static final class Holder {
        static final Tracer TRACER = make();

        private static Tracer make() {
            try {
                Address address = Address.find();
                return address == null ? null : new Tracer(address);
            } catch (Throwable err) {
                Quiet.failed("read where the runner is", err);
                return null;
            }
        }
    }

    private Tracer(Address address) {
        this.address = address;
        this.settings = Settings.read(address.config);
        this.shipper = new Shipper(new Link(this));
        boolean ours = Current.attach(this);
        this.mdc = ours ? null : Mdc.find(address, instance);
    }

    /** @return null when nobody asked for tracing */
    static Tracer get() {
        return Holder.TRACER;
    }

    void installed(CamelContext context) {
        running.add(context);
    }

    void starting(CamelContext context) {
        running.add(context);
        shipper.start(Facts.of(this, context));
    }

    void stopped(CamelContext context) {
        running.remove(context);
        if (running.isEmpty()) {
            shipper.finish();
        }
    }

    synchronized RouteInfo newRoute(String id) {
        RouteInfo route = new RouteInfo(this, ++routeCount, ++nodeCount, id, settings);
        keep(route.from);
        return route;
    }

    synchronized NodeInfo newNode(RouteInfo route, String kind) {
        NodeInfo node = new NodeInfo(Math.min(++nodeCount, NODES_MAX), route, kind);
        keep(node);
        route.nodes.add(node);
        return node;
    }

    private void keep(NodeInfo node) {
        NodeInfo[] all = nodes;
        if (node.number >= all.length) {
            all = Arrays.copyOf(all, Math.max(all.length * 2, node.number + 1));
        }
        all[node.number] = node;
        nodes = all;
    }

    NodeInfo node(int number) {
        NodeInfo[] all = nodes;
        return number < all.length ? all[number] : null;
    }

    NodeInfo[] allNodes() {
        return nodes;
    }

    synchronized void known(RouteInfo route) {
        routes.add(route);
        route.apply(settings); // they may have changed while it was built
        shipper.structureChanged();
    }

    void removed(RouteInfo route) {
        routes.remove(route);
    }

    void state(RouteInfo route, int state) {
        shipper.routeState(route.number, state, clock.us());
    }

    synchronized void apply(Settings given) {
        settings = given;
        for (RouteInfo route : routes) {
            route.apply(given);
        }
    }

    // A route begins or ends.

    void beginRoute(RouteInfo route, Exchange exchange) {
        Object carried = exchange.getProperty(Track.KEY);
        Track track = Track.of(carried, exchange);
        long now = System.nanoTime();
        if (track == null || track.root.finished) {
            boolean live = carried instanceof Track && !((Track) carried).root.finished;
            track = live && track == null && route.inline ? Track.child((Track) carried, exchange, null)
                    : newRoot(route, exchange, carried, now);
        }
        track.beginRoute(route, now);
        Current.get().set(track, null, mdc);
    }

    private RootTrack newRoot(RouteInfo route, Exchange exchange, Object carried, long now) {
        RootTrack root = new RootTrack(route, counter.incrementAndGet(), now, clock.us(now), exchange, route.expected);
        inherit(root, exchange, carried);
        if (exchange.getMessage().hasHeaders() && root.parentCounter == 0) {
            Propagation.take(root, exchange.getMessage());
        }
        int level = route.level;
        if (level >= Settings.HEADERS) {
            root.start = Snapshot.take(Snapshot.START, exchange, level, settings);
            root.startPending = root.start.kind == Snapshot.STREAM;
        }
        exchange.setProperty(Track.KEY, root);
        flights.add(root);
        return root;
    }

    /** A message that another one made belongs to the same trace. */
    private void inherit(RootTrack root, Exchange exchange, Object carried) {
        if (carried instanceof Track && ((Track) carried).owner != exchange) {
            carried = new Detached((Track) carried, instance);
        }
        if (carried instanceof Detached) {
            Detached from = (Detached) carried;
            root.parentCounter = from.counter;
            root.traceHigh = from.traceHigh;
            root.traceLow = from.traceLow;
        } else if (carried instanceof Replayed) {
            root.replayOf = ((Replayed) carried).original;
        }
    }

    void endRoute(RouteInfo route, Exchange exchange) {
        Track track = Track.of(exchange.getProperty(Track.KEY), exchange);
        if (track == null || track.root.finished) {
            return;
        }
        boolean failed = exchange.getException() != null;
        long us = track.endRoute(route, track.nowUs(), failed);
        if (us < 0) {
            return;
        }
        route.from.counters.record(us, Thread.currentThread().getId());
        if (failed) {
            route.from.counters.failed.incrementAndGet();
        }
        RootTrack root = track.root;
        if (track == root && track.depth == 0 && !root.adopted) {
            route.expected = Math.min(track.count, RouteInfo.EXPECTED_MAX);
            finish(root, exchange, us);
        }
    }

    // A node begins or ends.

    /**
     * Every node of every message passes here, so what is rare has a method of its own: this one is compiled into its caller.
     *
     * @return null when this exchange is not traced
     */
    Done begin(NodeInfo node, Exchange exchange, AsyncCallback callback, Current current) {
        Track track = current.track;
        if (track == null || track.owner != exchange || track.root.finished) {
            track = find(node, exchange); // the property is two look-ups away
            if (track == null) {
                return null;
            }
        }
        int now = track.nowUs();
        if (track.root.startPending) {
            takeStart(track.root, exchange);
        }
        int redelivery = track.failedNode == node ? redelivery(track, exchange) : 0;
        int round = track.loops == 0 ? -1 : round(track, exchange);
        int step = track.begin(node, now, round, redelivery);
        Done done = Done.of(track, node, step, now, exchange, callback);
        if (node.special) {
            beginSpecial(done, exchange);
        }
        return done;
    }

    private Track find(NodeInfo node, Exchange exchange) {
        Object carried = exchange.getProperty(Track.KEY);
        if (carried == null) {
            return null;
        }
        Track track = Track.of(carried, exchange);
        return track == null || track.root.finished ? adopt(carried, track, node, exchange) : track;
    }

    private static int redelivery(Track track, Exchange exchange) {
        Object count = exchange.getMessage().getHeader(REDELIVERY);
        int redelivery = count instanceof Integer ? (Integer) count & 0x7fff : 0;
        if (redelivery == 0) {
            track.failedNode = null; // the same node once more, but no attempt of the same call
        }
        track.root.redelivered |= redelivery > 0;
        return redelivery;
    }

    private int round(Track track, Exchange exchange) {
        NodeInfo around = track.openNode(this);
        Integer round = around != null && around.loop ? exchange.getProperty(ExchangePropertyKey.LOOP_INDEX, Integer.class)
                : null;
        return round == null ? -1 : round;
    }

    private void beginSpecial(Done done, Exchange exchange) {
        NodeInfo node = done.node;
        if (node.loop) {
            done.track.loops++;
        }
        if (node.remote && settings.propagate) {
            Propagation.send(done, exchange, instance);
        }
        if (node.detaches) {
            exchange.setProperty(Track.KEY, new Detached(done.track, instance));
        }
    }

    private void takeStart(RootTrack root, Exchange exchange) {
        root.startPending = false;
        Object body = exchange.getMessage().getBody();
        if (body instanceof StreamCache) {
            root.start.takeBody(body, exchange, root.route.level, settings);
        }
    }

    /** The track of an exchange that has none of its own yet: a child of what it carries, or a message by itself. */
    private Track adopt(Object carried, Track own, NodeInfo node, Exchange exchange) {
        if (carried instanceof Track && !((Track) carried).root.finished) {
            Track parent = (Track) carried;
            NodeInfo around = parent.openNode(this);
            ExchangePropertyKey key = around == null ? null : around.kind.equals("split") ? ExchangePropertyKey.SPLIT_INDEX
                    : around.kind.equals("multicast") ? ExchangePropertyKey.MULTICAST_INDEX : null;
            return Track.child(parent, exchange, key == null ? null : exchange.getProperty(key, Integer.class));
        }
        UnitOfWork work = exchange.getUnitOfWork();
        if (work == null) {
            return null; // nobody would say when it ends
        }
        RootTrack root = newRoot(node.route, exchange, own == null ? carried : null, System.nanoTime());
        root.adopted = true;
        work.addSynchronization(new Synchronization() {
            @Override
            public void onComplete(Exchange ended) {
                finishAdopted(root, ended);
            }

            @Override
            public void onFailure(Exchange ended) {
                finishAdopted(root, ended);
            }
        });
        return root;
    }

    private void finishAdopted(RootTrack root, Exchange exchange) {
        try {
            if (!root.finished) {
                finish(root, exchange, (System.nanoTime() - root.startNanos) / 1000);
            }
        } catch (Throwable err) {
            Quiet.failed("end a message", err);
        }
    }

    void end(Done done, Exchange exchange, boolean here) {
        Track track = done.track;
        NodeInfo node = done.node;
        int now = track.root.offsetUs(System.nanoTime());
        long us = Math.max(0, (now & 0xffffffffL) - (done.startUs & 0xffffffffL));
        Throwable error = exchange.getException();
        int flags = here ? 0 : Track.ASYNC;
        Thread thread = Thread.currentThread();
        node.counters.record(us, thread.getId());
        if (error != null) {
            flags |= Track.FAILED;
            failed(done, exchange, error);
        } else if (track.failedNode == node) {
            recovered(track);
        }
        if (node.special) {
            flags |= endSpecial(done, exchange, error);
        }
        track.end(done.step, RootTrack.clamp(us), flags);
        // What follows on this thread begins where this ended; anything else looks at the clock.
        track.lastUs = here && error == null ? now : -1;
        track.thread = thread;
    }

    /** What came back, kept by reference; a call that failed has no answer. */
    private void reply(Done done, Exchange exchange) {
        RootTrack root = done.track.root;
        if (exchange.getException() == null && root.hasRoomForReply()) {
            Snapshot reply = Snapshot.take(Snapshot.END, exchange, Settings.BODIES, settings);
            reply.track = done.track;
            reply.step = done.step;
            root.reply(reply);
        }
    }

    /** @return flags of the step */
    private int endSpecial(Done done, Exchange exchange, Throwable error) {
        Track track = done.track;
        NodeInfo node = done.node;
        if (node.loop) {
            track.loops--;
        }
        if (node.says()) {
            String called = node.dynamic ? track.called : null;
            track.detail(done.step, Details.of(node, exchange, called, track.ranWithin(done.step)));
        }
        if (done.sent != null) {
            Propagation.takeBack(done, exchange);
        }
        if (node.asks && done.step >= 0 && node.route.level >= Settings.BODIES) {
            reply(done, exchange);
        }
        return node.filters && error == null && !track.ranWithin(done.step) ? Track.FILTERED : 0;
    }

    private void failed(Done done, Exchange exchange, Throwable error) {
        Track track = done.track;
        RootTrack root = track.root;
        done.node.counters.failed.incrementAndGet();
        track.failedAt(done.node, done.step);
        if (root.error != null && Errors.leadsTo(error, root.error)) {
            return; // what is around a failed node fails with it
        }
        root.error = error;
        root.errorTrack = track;
        root.errorStep = done.step;
        root.errorNode = done.node;
        int level = done.node.route.level;
        if (level >= Settings.HEADERS) {
            root.failure = Snapshot.take(Snapshot.FAILURE, exchange, level, settings);
            root.failure.track = track;
            root.failure.step = done.step;
        }
    }

    /** An attempt that succeeds at last makes good what failed in the attempts before. */
    private static void recovered(Track track) {
        RootTrack root = track.root;
        int first = track.failedFrom;
        track.failedNode = null;
        Track at = root.errorTrack;
        int step = root.errorStep;
        while (at != null && at != track) {
            step = at.parentStep;
            at = at.parent;
        }
        if (at == track && step >= first) {
            root.error = null;
            root.errorTrack = null;
            root.failure = null;
        }
    }

    // A message has ended.

    private void finish(RootTrack root, Exchange exchange, long us) {
        root.finished = true;
        flights.remove(root);
        Current current = Current.get();
        if (current.track != null && current.track.root == root) {
            current.set(null, null, mdc);
        }
        finished.incrementAndGet();
        governor.count(root.total);
        Throwable error = exchange.getException();
        boolean handled = error == null && (root.error != null || root.handled);
        if (handled) {
            root.route.from.counters.handled.incrementAndGet();
        }
        boolean failure = error != null || handled;
        boolean kept = failure || us >= root.route.slowUs;
        double rate = root.route.rate * governor.factor();
        boolean sampled = rate >= 1 || chance(root) < rate;
        if (!kept && !sampled) {
            sampledOut.incrementAndGet();
            return;
        }
        Encoder.Verdict verdict = new Encoder.Verdict();
        verdict.durationUs = us;
        verdict.error = error != null ? error : root.error;
        verdict.outcome = error != null ? Encoder.FAILED : handled ? Encoder.HANDLED : Encoder.COMPLETED;
        verdict.weight = kept ? 1 : 1 / rate;
        verdict.flags = (kept && !sampled ? Encoder.KEPT : 0) | (governor.factor() < 1 ? Encoder.GOVERNED : 0);
        long started = System.nanoTime();
        int bytes = offer(root, exchange, verdict, failure);
        governor.spent(System.nanoTime() - started, bytes);
    }

    /** The same for all messages of a trace, so that either all of them are kept or none. */
    private double chance(RootTrack root) {
        boolean own = root.traceHigh == 0 && root.traceLow == 0;
        long mixed = (own ? instance ^ root.counter : root.traceHigh ^ root.traceLow) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return (mixed >>> 11) * 0x1.0p-53;
    }

    /** @return the bytes that were encoded */
    private int offer(RootTrack root, Exchange exchange, Encoder.Verdict verdict, boolean failure) {
        int percent = ring.percent();
        if (!failure && percent >= SUCCESSES_UNTIL) {
            droppedSuccesses.incrementAndGet();
            return 0;
        }
        boolean has = root.start != null || root.failure != null || !root.replies().isEmpty();
        verdict.payloads = failure || percent < BODIES_UNTIL;
        if (has && !verdict.payloads) {
            verdict.flags |= Encoder.PAYLOADS_DROPPED;
            droppedSuccessBodies.incrementAndGet();
        }
        int bytes = 0;
        try {
            byte[] record = Encoder.encode(this, root, exchange, verdict);
            bytes = record.length;
            if (record.length <= io.midplane.tracer.wire.Frames.RECORD_MAX
                    && ring.offer(new Ring.Record(record, failure))) {
                return bytes;
            }
            if (failure && has) {
                verdict.payloads = false;
                verdict.flags |= Encoder.PAYLOADS_DROPPED;
                record = Encoder.encode(this, root, exchange, verdict);
                bytes += record.length;
                if (ring.offer(new Ring.Record(record, true))) {
                    droppedFailureBodies.incrementAndGet();
                    return bytes;
                }
            }
            (failure ? droppedFailures : droppedSuccesses).incrementAndGet();
        } catch (Throwable err) {
            broken.incrementAndGet();
            Quiet.failed("encode a message", err);
        }
        return bytes;
    }
}
