package io.midplane.tracer;

import java.net.SocketAddress;

import io.midplane.tracer.wire.Buffer;
import io.midplane.tracer.wire.Ring;
import io.midplane.tracer.wire.Source;
import io.midplane.tracer.wire.Words;

/** What the shipper asks the tracer for. */
final class Link implements Source {
    private final Tracer tracer;

    Link(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public SocketAddress address() throws Exception {
        return tracer.address.socket();
    }

    @Override
    public String token() {
        return tracer.address.token;
    }

    @Override
    public long instance() {
        return tracer.instance;
    }

    @Override
    public long startedUs() {
        return tracer.startedUs;
    }

    @Override
    public Words words() {
        return tracer.words;
    }

    @Override
    public Ring ring() {
        return tracer.ring;
    }

    @Override
    public byte[] structure(int index) {
        int at = 0;
        for (RouteInfo route : tracer.routes) {
            if (at++ == index) {
                return route.structure;
            }
        }
        return null;
    }

    @Override
    public int structures() {
        return tracer.routes.size();
    }

    @Override
    public void forget() {
        for (NodeInfo node : tracer.allNodes()) {
            if (node != null) {
                node.counters.told = -1;
            }
        }
    }

    @Override
    public boolean stats(Buffer out) {
        NodeInfo[] all = tracer.allNodes();
        Buffer list = new Buffer(1024);
        int changed = 0;
        for (NodeInfo node : all) {
            long total = node == null ? 0 : node.counters.total();
            if (total == 0 || total == node.counters.told || list.size() > io.midplane.tracer.wire.Frames.BODY_MAX / 2) {
                continue;
            }
            node.counters.told = total;
            write(list, node);
            changed++;
        }
        out.number(tracer.clock.us());
        out.number(tracer.flights.size());
        out.number(Math.round(tracer.settings.rate * tracer.governor.factor() * 1_000_000));
        out.number(changed);
        out.raw(list.array(), 0, list.size());
        return changed > 0;
    }

    private static void write(Buffer out, NodeInfo node) {
        Counters counters = node.counters;
        long[] counts = new long[Counters.BUCKETS];
        int used = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = counters.count(i);
            used += counts[i] > 0 ? 1 : 0;
        }
        out.number(node.number);
        out.number(counters.failed.get());
        out.number(counters.handled.get());
        out.number(counters.sumUs());
        out.number(used);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                out.u8(i);
                out.number(counts[i]);
            }
        }
    }

    @Override
    public long drops(Buffer out, long sent, long uncertain) {
        // What is finished is read last: what is between two counters counts as waiting.
        long sampledOut = tracer.sampledOut.get();
        long successes = tracer.droppedSuccesses.get();
        long failures = tracer.droppedFailures.get();
        long broken = tracer.broken.get();
        long successBodies = tracer.droppedSuccessBodies.get();
        long failureBodies = tracer.droppedFailureBodies.get();
        long finished = tracer.finished.get();
        out.number(tracer.clock.us());
        out.number(finished);
        out.number(sent);
        out.number(finished - sent - sampledOut - successes - failures - broken);
        for (long value : new long[] {sampledOut, successes, failures, broken, successBodies, failureBodies, uncertain}) {
            out.number(value);
        }
        return dropped();
    }

    @Override
    public long dropped() {
        return tracer.droppedSuccesses.get() + tracer.droppedFailures.get() + tracer.broken.get()
                + tracer.droppedSuccessBodies.get() + tracer.droppedFailureBodies.get();
    }

    @Override
    public void inFlight(Buffer out, long request) {
        tracer.flights.write(out, tracer.words, tracer, request);
    }

    @Override
    public void config(String text) {
        tracer.apply(Settings.parse(text));
    }

    @Override
    public void look() {
        tracer.clock.set();
        tracer.governor.look();
    }

    @Override
    public void failed(String what, Throwable err) {
        Quiet.failed(what, err);
    }
}
