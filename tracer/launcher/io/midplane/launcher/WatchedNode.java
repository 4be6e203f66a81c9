package io.midplane.launcher;

import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.support.AsyncProcessorConverterHelper;
import org.apache.camel.support.AsyncProcessorSupport;

/** A node of a route in the sandbox: noted, and skipped when the dry run has stopped before it. */
final class WatchedNode extends AsyncProcessorSupport {
    private final Sandbox sandbox;
    private final String kind;
    private final String label;
    private final AsyncProcessor target;

    WatchedNode(Sandbox sandbox, NamedNode definition, Processor target) {
        this.sandbox = sandbox;
        this.kind = definition.getShortName();
        this.label = definition.getLabel();
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
        DryRun.Step step = run.enter(kind, label);
        return target.process(exchange, sync -> {
            step.end(exchange.getException());
            if (run.isStopped()) {
                exchange.setRouteStop(true);
            }
            callback.done(sync);
        });
    }

    @Override
    public String toString() {
        return "Watched[" + kind + "]";
    }
}
