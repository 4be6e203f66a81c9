package io.midplane.tracer;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;

/** What a node calls when it is done: ends the step, then tells Camel. */
final class Done implements AsyncCallback {
    final Track track;
    final NodeInfo node;
    final int step;
    /** Since the start of the message. */
    final int startUs;
    private final Exchange exchange;
    private final AsyncCallback callback;
    /** The header that was sent along. */
    String sent;

    Done(Track track, NodeInfo node, int step, int startUs, Exchange exchange, AsyncCallback callback) {
        this.track = track;
        this.node = node;
        this.step = step;
        this.startUs = startUs;
        this.exchange = exchange;
        this.callback = callback;
    }

    @Override
    public void done(boolean here) {
        try {
            if (node.detaches) {
                reattach();
            }
            node.route.tracer.end(this, exchange, here);
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

    /** Copies were made that must not have the track: it is put back. Once is enough, twice does no harm. */
    void reattach() {
        try {
            if (exchange.getProperty(Track.KEY) instanceof Detached) {
                exchange.setProperty(Track.KEY, track);
            }
        } catch (Throwable err) {
            Quiet.failed("end a step", err);
        }
    }
}
