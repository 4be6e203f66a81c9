package io.midplane.launcher;

import java.util.Set;

import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.NamedNode;
import org.apache.camel.NamedRoute;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.PluginHelper;
import org.slf4j.LoggerFactory;

/**
 * A workload's release in a JVM of its own, in which nothing reaches out: for dry runs.
 *
 * <pre>
 *   every component that is not on the list -> a stub that records what is sent and answers what was recorded
 *   no route's consumer starts, but those that are called within the context (direct, kamelet)
 * </pre>
 *
 * <p>The list is one of what is allowed, not of what is forbidden: a component that nobody has looked at is a stub.
 * What beans and scripts open by themselves cannot be stubbed; the process around this one has no network, no file system
 * and no privileges for them (the runner sees to that before it starts one).
 */
final class Sandbox {
    /** The tracer keeps 300 characters of a label. */
    private static final int LABEL_MAX = 200;

    private final Set<String> local;
    private volatile DryRun running;

    Sandbox(Set<String> local) {
        this.local = local;
    }

    /** Into a context that has no component yet. */
    void install(CamelContext context) {
        context.getCamelContextExtension().addContextPlugin(ComponentResolver.class, new StubResolver(this,
                PluginHelper.getComponentResolver(context)));
        context.getCamelContextExtension().addInterceptStrategy(new Watch());
    }

    boolean isLocal(String scheme) {
        return local.contains(scheme);
    }

    /** `camel.component.sql.dataSource` of a component that is a stub, and servers of Camel's own. */
    boolean isOfStub(String key) {
        if (key.startsWith("camel.server.") || key.startsWith("camel.management.")) {
            return true;
        }
        String prefix = "camel.component.";
        if (!key.startsWith(prefix)) {
            return false;
        }
        String rest = key.substring(prefix.length());
        int dot = rest.indexOf('.');
        return dot > 0 && !isLocal(rest.substring(0, dot));
    }

    /** The dry run that is under way; one at a time. */
    DryRun running() {
        return running;
    }

    /** One message through the routes. */
    Answer run(CamelContext context, Order order, Outside outside) {
        DryRun run = new DryRun(order.replies(), outside);
        running = run;
        try {
            return new Delivery(context, order, run).run();
        } finally {
            running = null;
        }
    }

    /** Starts the routes that other routes call; everything else stays as it was built. */
    static void startInner(CamelContext context) {
        for (Route route : context.getRoutes()) {
            Endpoint endpoint = route.getEndpoint();
            String uri = endpoint == null ? "" : endpoint.getEndpointUri();
            if (uri.startsWith("direct:") || uri.startsWith("kamelet:")) {
                try {
                    context.getRouteController().startRoute(route.getRouteId());
                } catch (Exception err) {
                    LoggerFactory.getLogger("midplane").warn("start the inner route {}", route.getRouteId(), err);
                }
            }
        }
    }

    private static String route(CamelContext context, NamedNode definition) {
        String id = context.getCamelContextExtension().getCreateRoute();
        for (NamedNode at = definition; id == null && at != null; at = at.getParent()) {
            if (at instanceof NamedRoute route) {
                id = route.getRouteId();
            }
        }
        return id == null ? "" : id;
    }

    /** A label without what differs between two JVMs or is no address: as the control plane cuts the recorded one. */
    static String place(String label) {
        if (label == null) {
            return "";
        }
        int question = label.indexOf('?');
        String bare = question < 0 ? label : label.substring(0, question);
        int slashes = bare.indexOf("//");
        int at = bare.indexOf('@');
        if (slashes >= 0 && at > slashes) {
            bare = bare.substring(0, slashes + 2) + bare.substring(at + 1);
        } else if (at >= 0) {
            bare = bare.substring(0, at);
        }
        return bare.length() > LABEL_MAX ? bare.substring(0, LABEL_MAX) : bare;
    }

    /** Notes every node that is visited, and lets none run once the dry run has stopped. */
    private final class Watch implements InterceptStrategy {
        @Override
        public Processor wrapProcessorInInterceptors(CamelContext context, NamedNode definition, Processor target,
                Processor next) {
            String kind = String.valueOf(definition.getShortName());
            String label = definition.getLabel();
            return new WatchedNode(Sandbox.this, new DryRun.Place(route(context, definition), kind, place(label)), target);
        }
    }
}
