package io.midplane.tracer;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * One node with a clock around it. It sits inside Camel's error handler, so every attempt of a redelivery passes here.
 *
 * <p>With tracing off it reads one volatile field. Whatever goes wrong on our side, the target is called exactly once.
 */
final class TracedNode extends DelegateAsyncProcessor {
    private final Tracer tracer;
    private final NodeInfo node;
    private final RouteInfo route;
    /** Null for all but the few that send somewhere else each time. */
    private final Addressee addressee;

    TracedNode(Tracer tracer, NodeInfo node, Processor target) {
        super(target);
        this.tracer = tracer;
        this.node = node;
        this.route = node.route;
        this.addressee = node.dynamic ? new Addressee(target) : null;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        if (route.level == Settings.OFF) {
            return processor.process(exchange, callback);
        }
        Current current = Current.get();
        Done done = null;
        try {
            done = tracer.begin(node, exchange, callback, current);
        } catch (Throwable err) {
            Quiet.failed("begin a step", err);
        }
        if (done == null) {
            return processor.process(exchange, callback);
        }
        Track outerTrack = current.track;
        NodeInfo outerNode = current.node;
        current.set(done.track, node, tracer.mdc);
        if (addressee != null) {
            done.track.called = null;
            addressee.listen();
        }
        boolean here = false;
        try {
            here = processor.process(exchange, done);
        } finally {
            // The thread leaves this message when the answer comes later: its next log lines are not of it.
            current.set(here ? outerTrack : null, here ? outerNode : null, tracer.mdc);
            if (node.detaches) {
                done.reattach();
            }
        }
        if (here) {
            done.release();
        }
        return here;
    }
}
