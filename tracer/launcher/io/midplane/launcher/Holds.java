package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.spi.RouteController;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.slf4j.LoggerFactory;

import io.midplane.launcher.log.JsonLine;

/**
 * Routes that somebody stopped, suspended or started, kept so over restarts.
 *
 * <p>The document names every route that was ever touched, with the state it is to have. Before the first consumer
 * starts, held routes are taken out of the start, so that not one message passes a route that is stopped. What became of
 * it stands in {@code status/routes.json} with the document's revision; that is the answer.
 */
final class Holds {
    private static final int FORMAT = 1;
    /** Camel waits this long for messages in flight before it stops a route all the same. */
    private static final long STOP_S = 10;

    private final Path document;
    private final Path answer;
    private Object seen;
    /** What was asked of each route, and why it could not be done. */
    private final Map<String, String> applied = new LinkedHashMap<>();

    Holds(Path control, Path status) {
        this.document = control.resolve("routes.json");
        this.answer = status.resolve("routes.json");
    }

    private record Wanted(long revision, Map<String, String> routes) { }

    /** Called after all routes are built and before the first consumer starts. */
    void beforeStart(CamelContext context) throws IOException {
        Wanted wanted = read();
        if (wanted == null) {
            return;
        }
        for (Map.Entry<String, String> one : wanted.routes().entrySet()) {
            Route route = context.getRoute(one.getKey());
            if (route != null && !one.getValue().equals("started")) {
                route.setAutoStartup(false);
            }
        }
        seen = null; // the rest, and the answer, once everything runs
    }

    void look(CamelContext context) throws IOException {
        Object now = mark();
        if (now == null || now.equals(seen)) {
            return;
        }
        Wanted wanted = read();
        if (wanted == null) {
            return;
        }
        seen = now;
        Map<String, String> failures = new LinkedHashMap<>();
        for (Map.Entry<String, String> one : wanted.routes().entrySet()) {
            String route = one.getKey();
            // A route that was started once may be stopped by the application itself later.
            if (one.getValue().equals("started") && "started".equals(applied.get(route))) {
                continue;
            }
            String failure = apply(context, route, one.getValue());
            if (failure == null) {
                applied.put(route, one.getValue());
            } else {
                applied.remove(route);
                failures.put(route, failure);
            }
        }
        write(context, wanted, failures);
    }

    /** Which file it is; another one after each change, since the runner renames. */
    private Object mark() throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(document, BasicFileAttributes.class);
            return Objects.hash(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        } catch (NoSuchFileException err) {
            return null;
        }
    }

    private Wanted read() throws IOException {
        String text;
        try {
            text = Files.readString(document);
        } catch (NoSuchFileException err) {
            return null;
        }
        try {
            JsonObject json = (JsonObject) Jsoner.deserialize(text);
            if (json.getIntegerOrDefault("format", 0) != FORMAT) {
                throw new IOException("`" + document + "` has another format than " + FORMAT);
            }
            Map<String, String> routes = new LinkedHashMap<>();
            JsonObject given = json.getMap("routes");
            if (given != null) {
                given.forEach((route, state) -> routes.put(route, String.valueOf(state)));
            }
            return new Wanted(json.getLongOrDefault("revision", 0), routes);
        } catch (DeserializationException | ClassCastException err) {
            throw new IOException("`" + document + "` is not what a runner writes", err);
        }
    }

    /** Null: it is as asked. */
    private static String apply(CamelContext context, String id, String state) {
        RouteController controller = context.getRouteController();
        if (context.getRoute(id) == null) {
            return "gone";
        }
        ServiceStatus now = controller.getRouteStatus(id);
        try {
            switch (state) {
                case "stopped" -> {
                    if (now == null || !now.isStopped()) {
                        controller.stopRoute(id, STOP_S, TimeUnit.SECONDS);
                    }
                }
                case "suspended" -> suspend(controller, id, now);
                case "started" -> {
                    if (now != null && now.isSuspended()) {
                        controller.resumeRoute(id);
                    } else if (now == null || !now.isStarted()) {
                        controller.startRoute(id);
                    }
                }
                default -> {
                    return "a state that this version does not know: " + state;
                }
            }
            return null;
        } catch (Exception err) {
            LoggerFactory.getLogger("midplane").warn("route {} to {}", id, state, err);
            return err.getMessage() == null ? err.getClass().getName() : err.getMessage();
        }
    }

    /** What never ran has no consumer to suspend, and one that cannot wait is stopped by Camel instead. */
    private static void suspend(RouteController controller, String id, ServiceStatus now) throws Exception {
        if (now != null && now.isStarted()) {
            controller.suspendRoute(id, STOP_S, TimeUnit.SECONDS);
        }
    }

    private void write(CamelContext context, Wanted wanted, Map<String, String> failures) throws IOException {
        JsonLine out = new JsonLine(256);
        out.raw("{\"format\":1,\"revision\":").raw(Long.toString(wanted.revision())).raw(",\"routes\":{");
        String separator = "";
        for (String route : wanted.routes().keySet()) {
            ServiceStatus status = context.getRouteController().getRouteStatus(route);
            out.raw(separator).string(route).raw(":{\"state\":").string(status == null ? null : status.name());
            out.raw(",\"failure\":").string(failures.get(route), 600).raw("}");
            separator = ",";
        }
        out.raw("}");
        if (failures.containsValue("gone")) {
            out.raw(",\"known\":[");
            separator = "";
            for (Route route : context.getRoutes()) {
                out.raw(separator).string(route.getRouteId(), 200);
                separator = ",";
            }
            out.raw("]");
        }
        Durable.write(answer, out.raw("}\n").bytes());
    }
}
