package io.midplane.tracer;

import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;

/** Wraps the processor of each node when its route is built. */
final class NodeInterceptor implements InterceptStrategy {
    private final Tracer tracer;
    private final Routes routes;

    NodeInterceptor(Tracer tracer, Routes routes) {
        this.tracer = tracer;
        this.routes = routes;
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor next) {
        try {
            return new TracedNode(tracer, routes.wrap(definition), target);
        } catch (Throwable err) {
            Quiet.failed("wrap a node", err);
            return target;
        }
    }
}
