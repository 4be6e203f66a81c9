package io.midplane.launcher;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.AsyncProcessorConverterHelper;
import org.apache.camel.support.AsyncProcessorSupport;

/** A node of a route in the sandbox: noted, and skipped when the dry run has stopped before it. */
final class WatchedNode extends AsyncProcessorSupport {
    private final Sandbox sandbox;
    private final DryRun.Place place;
    private final AsyncProcessor target;

    WatchedNode(Sandbox sandbox, DryRun.Place place, Processor target) {
        this.sandbox = sandbox;
        this.place = place;
        this.target = AsyncProcessorConverterHelper.convert(target);
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        DryRun run = sandbox.running();
        if (run == null) {
            return target.process(exchange, callback);
        }
        if (run.isStopped()) {
            exchange.setRouteStop(true);
            callback.done(true);
            return true;
        }
        DryRun.Step step = run.enter(place);
        step.begin(exchange);
        try {
            return target.process(exchange, sync -> {
                step.end(exchange);
                if (exchange.getException() != null) {
                    run.noted(exchange.getException());
                }
                if (run.isStopped()) {
                    exchange.setRouteStop(true);
                }
                callback.done(sync);
            });
        } finally {
            step.leave();
        }
    }

    @Override
    public String toString() {
        return "Watched[" + place.kind() + "]";
    }
}
