package io.midplane.tracer;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import org.apache.camel.NamedNode;

/** One route in one of its lives: reloading makes another with the same id. */
final class RouteInfo {
    /** A longer route grows its array as it goes. */
    static final int EXPECTED_MAX = 64;

    final Tracer tracer;
    final int number;
    final String id;
    final NodeInfo from;
    final List<NodeInfo> nodes = new ArrayList<>();
    /** Nodes by definition while the route is being built; null once its structure is known. */
    Map<NamedNode, NodeInfo> wrapped = new IdentityHashMap<>();
    /** What a node reads: one volatile field decides whether it does anything. */
    volatile int level;
    volatile double rate = 1;
    volatile long slowUs = Long.MAX_VALUE;
    /** Called in the caller's own thread and message (direct, Kamelets). */
    volatile boolean inline;
    /** The body of a STRUCTURE frame, once it is known. */
    volatile byte[] structure;
    volatile boolean closed;
    /** Steps of the last message: what the next one reserves. */
    int expected = 4;

    RouteInfo(Tracer tracer, int number, int fromNumber, String id, Settings settings) {
        this.tracer = tracer;
        this.number = number;
        this.id = id;
        this.from = new NodeInfo(fromNumber, this, "from");
        nodes.add(from);
        apply(settings);
    }

    void apply(Settings settings) {
        level = settings.routeLevels.getOrDefault(id, settings.level);
        rate = settings.routeRates.getOrDefault(id, settings.rate);
        slowUs = settings.routeSlow.getOrDefault(id, settings.slowUs);
    }
}
