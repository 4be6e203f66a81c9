package io.midplane.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.support.MessageHelper;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

import io.midplane.launcher.log.JsonLine;

/**
 * One message through the sandbox: what it may be answered, where it went, and every stub that was reached.
 *
 * <p>An answer is for a node of a route and says which visit of it, because that is what the original has as well; or for every
 * call of an address. A stub without an answer of a kind whose answer matters stops the run: what would follow is
 * anybody's guess.
 */
final class DryRun {
    /** More visits than a person reads; a loop without end stops here. */
    private static final int STEPS_MAX = 2_000;
    private static final int STUBS_MAX = 500;
    private static final int TEXT_MAX = 300;
    /** The visit that an exchange is in; copies of it (enrich, recipient lists) have it as well. */
    private static final String IN = "MidplaneDryRunStep";
    /** For what is asked without an exchange. */
    private static final ThreadLocal<Step> HERE = new ThreadLocal<>();

    /**
     * What a stub answers instead of the system behind it.
     *
     * @param step      the step of the original that it was recorded at, or 0
     * @param isFailure there is none: the original's call failed
     * @param isUnknown it went well, and nobody knows what it was answered
     * @param isAllowed ask really
     */
    record Reply(int step, String from, Object body, Map<String, Object> headers, boolean isFailure, boolean isUnknown,
                 boolean isAllowed) { }

    /** A node, as the tracer's structure of the route names it, and which visit of it. */
    record Place(String route, String kind, String label) { }

    private record Visit(Place place, int nth) { }

    private final Map<Visit, Reply> replies = new HashMap<>();
    private final Map<String, Reply> byAddress = new HashMap<>();
    private final Map<Place, Integer> visits = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Stub> stubs = new ArrayList<>();
    private final Outside outside;
    private String stoppedAt;
    private int stoppedStep;
    private String stoppedBecause;
    private Throwable error;

    private static final long SETTLE_MAX_NS = 2_000_000_000L;
    private static final long SETTLE_LOOK_MS = 20;

    private record Stub(String uri, String what, long bytes, String answered, int step) { }

    /** A visit of a node. */
    static final class Step {
        private final Visit visit;
        private Step before;
        private boolean failed;

        private Step(Visit visit) {
            this.visit = visit;
        }

        void begin(Exchange exchange) {
            before = exchange.getProperty(IN, Step.class);
            exchange.setProperty(IN, this);
            HERE.set(this);
        }

        /** The thread leaves it; the exchange may still be in it. */
        void leave() {
            HERE.set(before);
        }

        void end(Exchange exchange) {
            failed = exchange.getException() != null;
            if (before == null) {
                exchange.removeProperty(IN);
            } else {
                exchange.setProperty(IN, before);
            }
        }
    }

    DryRun(JsonArray given, Outside outside) {
        this.outside = outside;
        if (given == null) {
            return;
        }
        for (Object one : given) {
            JsonObject json = (JsonObject) one;
            Reply reply = new Reply(json.getIntegerOrDefault("step", 0), json.getString("from"), body(json),
                    Order.headers(json), json.getBooleanOrDefault("failure", false),
                    json.getBooleanOrDefault("unknown", false), json.getBooleanOrDefault("allow", false));
            if (json.getString("uri") != null) {
                byAddress.put(json.getString("uri"), reply);
            } else {
                Place place = new Place(json.getString("route"), json.getString("kind"), json.getString("label"));
                replies.put(new Visit(place, json.getIntegerOrDefault("nth", 0)), reply);
            }
        }
    }

    /** A recorded view of an object (rows of a query) becomes maps and lists again. */
    private static Object body(JsonObject json) {
        Object body = Order.body(json);
        if (!json.getBooleanOrDefault("json", false) || !(body instanceof String text)) {
            return body;
        }
        try {
            return Jsoner.deserialize(text);
        } catch (DeserializationException err) {
            return body;
        }
    }

    synchronized boolean isStopped() {
        return stoppedAt != null;
    }

    private synchronized void stop(String at, int step, String because) {
        if (stoppedAt == null) {
            stoppedAt = at;
            stoppedStep = step;
            stoppedBecause = because;
        }
    }

    synchronized Step enter(Place place) {
        Step step = new Step(new Visit(place, visits.merge(place, 1, Integer::sum) - 1));
        if (steps.size() < STEPS_MAX) {
            steps.add(step);
        } else {
            stop(place.label(), 0, "more than " + STEPS_MAX + " steps");
        }
        return step;
    }

    /**
     * What a stub does about a call: answers, or stops the run.
     *
     * @param exchange null when a route only asks whether there is something
     * @param matters  whether a route goes on with what comes back
     * @return null: nothing is known, and it does not matter or the run has stopped
     */
    Reply call(String uri, String address, String what, Exchange exchange, boolean matters) throws Exception {
        Step in = exchange == null ? HERE.get() : exchange.getProperty(IN, HERE.get(), Step.class);
        Reply reply = find(in, address);
        long bytes = size(exchange);
        int step = reply == null ? 0 : reply.step();
        if (reply != null && reply.isAllowed()) {
            Reply real = outside.ask(uri, exchange);
            stubbed(address, what, bytes, "really asked", step);
            return real;
        }
        boolean isUnknown = reply == null || reply.isUnknown();
        if (!isUnknown && !reply.isFailure()) {
            stubbed(address, what, bytes, reply.from(), step);
            return reply;
        }
        if (isUnknown && !matters) {
            stubbed(address, what, bytes, "unchanged", step);
            return null;
        }
        stubbed(address, what, bytes, null, step);
        stop(address, step, isUnknown ? "no reply of it was recorded"
                : reply.from() == null ? "it failed in the original, so there is no reply" : reply.from());
        return null;
    }

    private synchronized Reply find(Step in, String address) {
        Reply reply = in == null ? null : replies.get(in.visit);
        return reply != null ? reply : byAddress.get(address);
    }

    private static long size(Exchange exchange) {
        String body = exchange == null ? null : exchange.getMessage().getBody(String.class);
        if (body != null) {
            MessageHelper.resetStreamCache(exchange.getMessage()); // the route reads it next
        }
        return body == null ? 0 : body.length();
    }

    private synchronized void stubbed(String uri, String what, long bytes, String answered, int step) {
        if (stubs.size() < STUBS_MAX) {
            stubs.add(new Stub(uri, what, bytes, answered, step));
        }
    }

    /** The innermost error comes first: what is around it fails with it. */
    synchronized void noted(Throwable err) {
        if (error == null) {
            error = err;
        }
    }

    /** The first error of the run, whether the route dealt with it or not; null: there was none. */
    synchronized Throwable error() {
        return error;
    }

    /** What has happened so far, to tell whether something still does. */
    private synchronized int seen() {
        return steps.size() + stubs.size();
    }

    /** Waits for what goes on after the message itself has ended (aggregates, wire taps), but not for ever. */
    void settle(CamelContext context) throws InterruptedException {
        long end = System.nanoTime() + SETTLE_MAX_NS;
        int before;
        do {
            before = seen();
            Thread.sleep(SETTLE_LOOK_MS);
        } while ((before != seen() || context.getInflightRepository().size() > 0) && System.nanoTime() < end);
    }

    /** The part of the answer that a dry run has more. */
    synchronized void report(JsonLine out) {
        out.raw(",\"stopped_at\":").string(stoppedAt, TEXT_MAX).raw(",\"stopped_because\":").string(stoppedBecause, TEXT_MAX);
        out.raw(",\"stopped_step\":").raw(Integer.toString(stoppedStep));
        out.raw(",\"stubs\":[");
        String separator = "";
        for (Stub stub : stubs) {
            out.raw(separator).raw("{\"uri\":").string(stub.uri(), TEXT_MAX).raw(",\"what\":").string(stub.what(), TEXT_MAX);
            out.raw(",\"bytes\":").raw(Long.toString(stub.bytes())).raw(",\"step\":").raw(Integer.toString(stub.step()));
            out.raw(",\"answered\":").string(stub.answered(), TEXT_MAX).raw("}");
            separator = ",";
        }
        out.raw("],\"steps\":[");
        separator = "";
        for (Step step : steps) {
            Place place = step.visit.place();
            out.raw(separator).raw("{\"kind\":").string(place.kind(), 80).raw(",\"label\":").string(place.label(), TEXT_MAX);
            out.raw(",\"route\":").string(place.route(), TEXT_MAX);
            out.raw(",\"failed\":").raw(Boolean.toString(step.failed)).raw("}");
            separator = ",";
        }
        out.raw("]");
    }
}
