package io.midplane.launcher;

import java.lang.reflect.Method;
import java.util.Set;

import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeExtension;
import org.apache.camel.ExchangePattern;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;

/**
 * Makes one exchange: at the start of a route, as if its consumer had received it, or to an endpoint.
 *
 * <p>At the start the route's own consumer makes and processes the exchange, which works for components that
 * nothing can be sent to (timers, files, servers) and goes through the whole life cycle. What the consumer itself would do
 * around it (move a file, acknowledge a queue's message) does not happen, because it received nothing. Camel runs a route
 * that is suspended or was never started, so the state is asked first.
 */
final class Delivery {
    private static final Set<String> SERVERS = Set.of("platform-http", "rest", "rest-openapi", "servlet", "netty-http",
            "undertow", "jetty", "vertx-websocket", "cxf", "cxfrs", "spring-ws");

    private final CamelContext context;
    private final Order order;
    /** Null outside of a sandbox. */
    private final DryRun dry;

    Delivery(CamelContext context, Order order, DryRun dry) {
        this.context = context;
        this.order = order;
        this.dry = dry;
    }

    Answer run() {
        try {
            Answer answer = order.endpoint() != null ? toEndpoint() : atRoute();
            if (dry != null) {
                dry.settle(context);
            }
            return answer;
        } catch (Exception err) {
            return Answer.refused("endpoint", text(err));
        }
    }

    private Answer atRoute() throws Exception {
        Route route = context.getRoute(order.route());
        if (route == null) {
            return Answer.refused("gone", "there is no route `" + order.route() + "`");
        }
        ServiceStatus status = context.getRouteController().getRouteStatus(order.route());
        // In a sandbox no consumer runs, and Camel runs the route all the same.
        if (dry == null && (status == null || !status.isStarted())) {
            String code = status != null && status.isSuspended() ? "suspended" : "stopped";
            return Answer.refused(code, "the route `" + order.route() + "` is " + code);
        }
        Consumer consumer = route.getConsumer();
        Exchange exchange = consumer.createExchange(false);
        try {
            fill(exchange, route.getEndpoint());
            long begun = System.nanoTime();
            consumer.getProcessor().process(exchange);
            return answer(exchange, begun);
        } finally {
            consumer.releaseExchange(exchange, false);
        }
    }

    private Answer toEndpoint() throws Exception {
        Endpoint endpoint;
        try {
            endpoint = context.getEndpoint(order.endpoint());
        } catch (Exception err) {
            return Answer.refused("endpoint", text(err));
        }
        if (endpoint == null) {
            return Answer.refused("endpoint", "no component for this endpoint");
        }
        Exchange exchange = endpoint.createExchange();
        fill(exchange, endpoint);
        try (ProducerTemplate template = context.createProducerTemplate()) {
            long begun = System.nanoTime();
            template.send(endpoint, exchange);
            return answer(exchange, begun);
        }
    }

    private void fill(Exchange exchange, Endpoint endpoint) {
        boolean inOut = order.wantsReply() || endpoint.getExchangePattern() == ExchangePattern.InOut || answers(endpoint);
        exchange.setPattern(inOut ? ExchangePattern.InOut : ExchangePattern.InOnly);
        exchange.getIn().setBody(order.body());
        exchange.getIn().setHeaders(new java.util.HashMap<>(order.headers()));
        if (order.replayOf() != null) {
            Traced.mark(exchange, order.replayOf());
        }
    }

    /** Servers make each exchange one with an answer, whatever their endpoint says. */
    private static boolean answers(Endpoint endpoint) {
        String uri = String.valueOf(endpoint.getEndpointUri());
        int colon = uri.indexOf(':');
        return colon > 0 && SERVERS.contains(uri.substring(0, colon));
    }

    private Answer answer(Exchange exchange, long begun) {
        long us = (System.nanoTime() - begun) / 1000;
        Exception error = exchange.getException();
        ExchangeExtension inner = exchange.getExchangeExtension();
        boolean handled = error == null && (inner.isErrorHandlerHandledSet() && inner.isErrorHandlerHandled()
                || inner.isFailureHandled());
        String outcome = error != null ? "failed" : handled ? "handled" : "completed";
        String reply = null;
        if (error == null && exchange.getPattern().isOutCapable()) {
            reply = exchange.getMessage().getBody(String.class);
        }
        Carried result = order.replayOf() != null || dry != null ? Carried.of(exchange, reply != null) : null;
        // What a route dealt with is recorded of a message; of a dry run nothing is, so it is told here.
        Throwable told = handled && dry != null ? dry.error() : error;
        return new Answer(outcome, null, null, Traced.messageId(exchange), exchange.getExchangeId(), us,
                told == null ? null : told.getClass().getName(), told == null ? null : text(told), reply, result, dry);
    }

    private static String text(Throwable err) {
        return err.getMessage() == null ? err.getClass().getName() : err.getMessage();
    }

    /** The tracer of this JVM, which may not be there. */
    private static final class Traced {
        private static final Method MARK = find("mark", Object.class, String.class);
        private static final Method ID = find("messageId", Object.class);

        private static Method find(String name, Class<?>... types) {
            try {
                return Class.forName("io.midplane.tracer.Replayed", true, Delivery.class.getClassLoader())
                        .getMethod(name, types);
            } catch (ReflectiveOperationException | LinkageError err) {
                return null;
            }
        }

        static void mark(Exchange exchange, String original) {
            call(MARK, exchange, original);
        }

        static String messageId(Exchange exchange) {
            return (String) call(ID, exchange);
        }

        private static Object call(Method method, Object... arguments) {
            try {
                return method == null ? null : method.invoke(null, arguments);
            } catch (ReflectiveOperationException err) {
                return null;
            }
        }
    }
}
