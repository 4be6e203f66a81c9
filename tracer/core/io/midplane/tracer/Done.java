package io.midplane.tracer;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;

/** What a node calls when it is done: ends the step, then tells Camel. */
final class Done implements AsyncCallback {
    final Tracer tracer;
    final Track track;
    final NodeInfo node;
    final int step;
    final long startNanos;
    private final Exchange exchange;
    private final AsyncCallback callback;
    /** The track to put back after copies were made that must not have it. */
    Track restore;
    /** The header that was sent along, and what stood there before. */
    String sent;

    Done(Tracer tracer, Track track, NodeInfo node, int step, long startNanos, Exchange exchange,
            AsyncCallback callback) {
        this.tracer = tracer;
        this.track = track;
        this.node = node;
        this.step = step;
        this.startNanos = startNanos;
        this.exchange = exchange;
        this.callback = callback;
    }

    @Override
    public void done(boolean here) {
        try {
            if (restore != null) {
                reattach();
            }
            tracer.end(this, exchange, here);
        } catch (Throwable err) {
            Quiet.failed("end a step", err);
        }
        if (here) {
            callback.done(true);
            return;
        }
        Current current = Current.get();
        Track outerTrack = current.track;
        NodeInfo outerNode = current.node;
        current.track = track;
        current.node = node;
        try {
            callback.done(false);
        } finally {
            current.track = outerTrack;
            current.node = outerNode;
        }
    }

    void reattach() {
        try {
            Track to = restore;
            restore = null;
            if (to != null && exchange.getProperty(Track.KEY) instanceof Detached) {
                exchange.setProperty(Track.KEY, to);
            }
        } catch (Throwable err) {
            Quiet.failed("end a step", err);
        }
    }
}
