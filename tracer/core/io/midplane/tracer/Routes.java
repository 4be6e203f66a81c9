package io.midplane.tracer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.NamedRoute;

/**
 * The routes of one context as they are built: nodes first, children before parents, then the route itself.
 *
 * <p>Nodes of {@code onException} are wrapped once for each route, with the same definitions, so a node belongs
 * to the route that Camel is building at that moment and not to the one its definition stands in.
 */
final class Routes {
    /** Schemes that carry headers to another process. Others (files, databases) would only see a stray header. */
    private static final Set<String> REMOTE = Set.of("http", "https", "vertx-http", "vertx-websocket", "netty-http",
            "undertow", "jetty", "servlet", "rest", "rest-openapi", "kafka", "jms", "activemq", "activemq6", "amqp",
            "sjms", "sjms2", "rabbitmq", "spring-rabbitmq", "nats", "pulsar", "google-pubsub", "aws2-sqs", "aws2-sns",
            "azure-servicebus", "stomp");

    /** Schemes whose answer a route goes on with, whatever is sent. */
    private static final Set<String> ASKED = Set.of("http", "https", "vertx-http", "netty-http", "rest", "rest-openapi",
            "graphql");

    private final Tracer tracer;
    private final CamelContext context;
    private final Map<String, RouteInfo> building = new HashMap<>();

    Routes(Tracer tracer, CamelContext context) {
        this.tracer = tracer;
        this.context = context;
    }

    /** The node for a definition that is being wrapped now. */
    synchronized NodeInfo wrap(NamedNode definition) {
        String id = routeId(definition);
        RouteInfo route = building.get(id);
        if (route == null || route.wrapped == null) {
            route = tracer.newRoute(id);
            building.put(id, route);
        }
        NodeInfo node = route.wrapped.get(definition);
        if (node == null) {
            node = tracer.newNode(route, String.valueOf(definition.getShortName()));
            String address = address(node, definition);
            int colon = address.indexOf(':');
            String scheme = colon > 0 ? address.substring(0, colon).toLowerCase(Locale.ROOT) : "";
            String rows = scheme.equals("sql") ? rows(address.substring(colon + 1)) : null;
            boolean asks = ASKED.contains(scheme) || "CamelSqlRowCount".equals(rows);
            node.calls(REMOTE.contains(scheme), rows, asks && !node.kind.equals("wireTap"));
            route.wrapped.put(definition, node);
        }
        return node;
    }

    /** The route whose nodes have been wrapped; a route of nothing but a {@code from} is new here. */
    synchronized RouteInfo finish(String id) {
        RouteInfo route = building.get(id);
        if (route == null || route.closed) {
            route = tracer.newRoute(id);
            building.put(id, route);
        }
        route.closed = true;
        return route;
    }

    synchronized void remove(RouteInfo route) {
        building.remove(route.id, route);
        tracer.removed(route);
    }

    private String routeId(NamedNode definition) {
        String id = context.getCamelContextExtension().getCreateRoute();
        for (NamedNode at = definition; id == null && at != null; at = at.getParent()) {
            if (at instanceof NamedRoute) {
                id = ((NamedRoute) at).getRouteId();
            }
        }
        return id == null ? "" : id;
    }

    /** Both headers stay on the message, so a statement is asked for the one of its own kind; one in a file for neither. */
    private static String rows(String statement) {
        String text = statement.replaceFirst("^/+", "").stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("select")) {
            return "CamelSqlRowCount";
        }
        boolean writes = text.startsWith("insert") || text.startsWith("update") || text.startsWith("delete");
        return writes ? "CamelSqlUpdateCount" : null;
    }

    private String address(NodeInfo node, NamedNode definition) {
        if (!node.dynamic && !node.kind.equals("to") && !node.kind.equals("wireTap")) {
            return "";
        }
        String label = String.valueOf(definition.getLabel());
        // Camel says `toD[http://...]`; what stands inside is meant.
        String before = definition.getShortName() + "[";
        if (label.startsWith(before) && label.endsWith("]")) {
            label = label.substring(before.length(), label.length() - 1);
        }
        try {
            if (label.startsWith("{{")) {
                label = context.resolvePropertyPlaceholders(label);
            }
        } catch (Exception err) {
            return ""; // Camel will say what is missing
        }
        return label;
    }
}
