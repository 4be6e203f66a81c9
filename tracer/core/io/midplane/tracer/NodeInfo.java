package io.midplane.tracer;

/** One node of one route, numbered when its processor is wrapped. */
final class NodeInfo {
    final int number;
    final RouteInfo route;
    final String kind;
    /** Goes to another process that understands headers, so that the trace can go with it. */
    boolean remote;
    /** The header in which its answer says how many rows there were, or null. */
    String rows;
    /** A question: what comes back decides how the route goes on, and a dry run needs it. */
    boolean asks;
    /** Says where it sends only when it does. */
    final boolean dynamic;
    /** Its children are rounds of one exchange. */
    final boolean loop;
    /** What it copies goes on by itself: the copies are messages of their own. */
    final boolean detaches;
    final boolean filters;
    /** Anything of these: most nodes are spared the questions. */
    boolean special;
    final Counters counters = new Counters();
    /** As in log lines; known once the structure is. */
    volatile String id;

    NodeInfo(int number, RouteInfo route, String kind) {
        this.number = number;
        this.route = route;
        this.kind = kind;
        this.id = kind;
        dynamic = kind.equals("toD") || kind.equals("recipientList") || kind.equals("routingSlip")
                || kind.equals("dynamicRouter") || kind.equals("enrich") || kind.equals("pollEnrich")
                || kind.equals("poll");
        loop = kind.equals("loop");
        detaches = kind.equals("wireTap") || kind.equals("aggregate") || kind.equals("resequence");
        filters = kind.equals("filter") || kind.equals("idempotentConsumer");
        special = dynamic || loop || detaches || filters;
    }

    /** What the node's address means, before the first message comes. */
    void calls(boolean remote, String rows, boolean asks) {
        this.remote = remote;
        this.rows = rows;
        this.asks = asks;
        special |= remote || rows != null || asks;
    }

    /** Whether a step of it has something to say in a list. */
    boolean says() {
        return dynamic || remote || rows != null;
    }
}
