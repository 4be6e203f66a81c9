package io.midplane.tracer;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;

/**
 * What a node calls when it is done: ends the step, then tells Camel.
 *
 * <p>One whose node answered before it returned is used again for the next node of the same exchange: Camel has let go
 * of it by then.
 */
final class Done implements AsyncCallback {
    final Track track;
    NodeInfo node;
    int step;
    /** Since the start of the message. */
    int startUs;
    private Exchange exchange;
    private AsyncCallback callback;
    /** The header that was sent along. */
    String sent;
    private boolean over;

    private Done(Track track) {
        this.track = track;
    }

    static Done of(Track track, NodeInfo node, int step, int startUs, Exchange exchange, AsyncCallback callback) {
        Done done = track.spare;
        if (done == null) {
            done = new Done(track);
        } else {
            track.spare = null;
            done.over = false;
            done.sent = null;
        }
        done.node = node;
        done.step = step;
        done.startUs = startUs;
        done.exchange = exchange;
        done.callback = callback;
        return done;
    }

    /** The node has returned and says that it is done; if it told us so as well, nobody holds this any more. */
    void release() {
        if (over) {
            track.spare = this;
        }
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
            over = true;
            return;
        }
        Current current = Current.get();
        Track outerTrack = current.track;
        NodeInfo outerNode = current.node;
        Mdc mdc = node.route.tracer.mdc;
        current.set(track, node, mdc);
        try {
            callback.done(false);
        } finally {
            current.set(outerTrack, outerNode, mdc);
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
