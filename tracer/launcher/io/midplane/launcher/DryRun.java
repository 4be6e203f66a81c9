package io.midplane.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.camel.Exchange;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;

import io.midplane.launcher.log.JsonLine;

/**
 * One message through the sandbox: what it may be answered, where it went, and every stub that was reached.
 *
 * <p>Answers are known by the address without its options and by which call of it this is. A stub without an answer of a kind
 * whose answer matters stops the run: what would follow is anybody's guess.
 */
final class DryRun {
    /** More visits than a person reads; a loop without end stops here. */
    private static final int STEPS_MAX = 2_000;
    private static final int STUBS_MAX = 500;
    private static final int TEXT_MAX = 300;

    /** What a stub answers instead of the system behind it. */
    record Reply(String from, Object body, Map<String, Object> headers, boolean isFailure) { }

    private record Call(String uri, int nth) { }

    private final Map<Call, Reply> replies = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Stub> stubs = new ArrayList<>();
    private String stoppedAt;
    private String stoppedBecause;

    private record Stub(String uri, String what, long bytes, String answered) { }

    /** A visit of a node. */
    static final class Step {
        private final String kind;
        private final String label;
        private boolean failed;

        private Step(String kind, String label) {
            this.kind = kind;
            this.label = label;
        }

        void end(Throwable err) {
            failed = err != null;
        }
    }

    DryRun(JsonArray given) {
        if (given == null) {
            return;
        }
        for (Object one : given) {
            JsonObject reply = (JsonObject) one;
            replies.put(new Call(reply.getString("uri"), reply.getIntegerOrDefault("nth", 0)),
                    new Reply(reply.getString("from"), Order.body(reply), Order.headers(reply),
                            reply.getBooleanOrDefault("failure", false)));
        }
    }

    synchronized boolean isStopped() {
        return stoppedAt != null;
    }

    synchronized void stop(String at, String because) {
        if (stoppedAt == null) {
            stoppedAt = at;
            stoppedBecause = because;
        }
    }

    synchronized Step enter(String kind, String label) {
        Step step = new Step(kind, label);
        if (steps.size() < STEPS_MAX) {
            steps.add(step);
        } else {
            stop(label, "more than " + STEPS_MAX + " steps");
        }
        return step;
    }

    /** What this call is answered, or null. */
    synchronized Reply reply(String uri) {
        int nth = calls.merge(uri, 1, Integer::sum) - 1;
        Reply exact = replies.get(new Call(uri, nth));
        return exact != null ? exact : replies.get(new Call(uri, -1));
    }

    synchronized void stubbed(String uri, String what, Exchange exchange, String answered) {
        if (stubs.size() >= STUBS_MAX) {
            return;
        }
        String body = exchange == null ? null : exchange.getMessage().getBody(String.class);
        stubs.add(new Stub(uri, what, body == null ? 0 : body.length(), answered));
    }

    /** The part of the answer that a dry run has more. */
    synchronized void report(JsonLine out) {
        out.raw(",\"stopped_at\":").string(stoppedAt, TEXT_MAX).raw(",\"stopped_because\":").string(stoppedBecause, TEXT_MAX);
        out.raw(",\"stubs\":[");
        String separator = "";
        for (Stub stub : stubs) {
            out.raw(separator).raw("{\"uri\":").string(stub.uri(), TEXT_MAX).raw(",\"what\":").string(stub.what(), TEXT_MAX);
            out.raw(",\"bytes\":").raw(Long.toString(stub.bytes()));
            out.raw(",\"answered\":").string(stub.answered(), TEXT_MAX).raw("}");
            separator = ",";
        }
        out.raw("],\"steps\":[");
        separator = "";
        for (Step step : steps) {
            out.raw(separator).raw("{\"kind\":").string(step.kind, 80).raw(",\"label\":").string(step.label, TEXT_MAX);
            out.raw(",\"failed\":").raw(Boolean.toString(step.failed)).raw("}");
            separator = ",";
        }
        out.raw("]");
    }
}
