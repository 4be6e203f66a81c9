package io.midplane.tracer;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/** Where messages begin and end: at the borders of routes. */
final class BoundaryFactory implements RoutePolicyFactory {
    private final Tracer tracer;
    private final Routes routes;

    BoundaryFactory(Tracer tracer, Routes routes) {
        this.tracer = tracer;
        this.routes = routes;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String id, NamedNode definition) {
        try {
            return new Boundary(tracer, routes, routes.finish(id), definition);
        } catch (Throwable err) {
            Quiet.failed("follow a route", err);
            return null;
        }
    }

    private static final class Boundary extends RoutePolicySupport {
        private final Tracer tracer;
        private final Routes routes;
        private final RouteInfo route;
        private NamedNode definition;

        Boundary(Tracer tracer, Routes routes, RouteInfo route, NamedNode definition) {
            this.tracer = tracer;
            this.routes = routes;
            this.route = route;
            this.definition = definition;
        }

        @Override
        public void onInit(Route live) {
            try {
                if (definition != null) {
                    Structure.read(tracer, route, live, definition);
                    definition = null;
                }
            } catch (Throwable err) {
                Quiet.failed("read a route", err);
            }
        }

        @Override
        public void onRemove(Route live) {
            try {
                tracer.state(route, 3);
                routes.remove(route);
            } catch (Throwable err) {
                Quiet.failed("forget a route", err);
            }
        }

        @Override
        public void onStart(Route live) {
            state(1);
        }

        @Override
        public void onStop(Route live) {
            state(2);
        }

        private void state(int state) {
            try {
                tracer.state(route, state);
            } catch (Throwable err) {
                Quiet.failed("follow a route", err);
            }
        }

        @Override
        public void onExchangeBegin(Route live, Exchange exchange) {
            if (route.level == Settings.OFF) {
                return;
            }
            try {
                tracer.beginRoute(route, exchange);
            } catch (Throwable err) {
                Quiet.failed("begin a message", err);
            }
        }

        @Override
        public void onExchangeDone(Route live, Exchange exchange) {
            try {
                tracer.endRoute(route, exchange);
            } catch (Throwable err) {
                Quiet.failed("end a message", err);
            }
        }
    }
}
