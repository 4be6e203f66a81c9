package io.midplane.tracer;

import org.apache.camel.Exchange;

/** A message: the track of its exchange, and what is known of the whole. */
final class RootTrack extends Track {
    final RouteInfo route;
    final long counter;
    final long startNanos;
    final long startUs;
    /** Kept steps of the message and all of its children; parallel children may overshoot by some. */
    int used;
    private int unkept;
    volatile boolean finished;
    /** Began at a node (an aggregated exchange): it ends with its unit of work, not with a route. */
    boolean adopted;
    boolean handled;
    boolean deadLetter;
    boolean redelivered;
    /** The innermost exception that nothing made good so far, and where it was. */
    Throwable error;
    Track errorTrack;
    int errorStep = -1;
    NodeInfo errorNode;
    /** Of the W3C trace that came with it; own trace if both are 0. */
    long traceHigh;
    long traceLow;
    long parentSpan;
    String traceparent;
    long parentCounter;
    String breadcrumb;
    /** The id of the recorded message that it repeats. */
    String replayOf;
    Snapshot start;
    Snapshot failure;
    /** The body was a stream that Camel had not cached when the route began. */
    boolean startPending;
    /** Neighbours in the list of what is in flight. */
    RootTrack before;
    RootTrack after;
    boolean listed;

    RootTrack(RouteInfo route, long counter, long startNanos, long startUs, Exchange owner, int expected) {
        super(null, null, -1, -1, owner, expected);
        this.route = route;
        this.counter = counter;
        this.startNanos = startNanos;
        this.startUs = startUs;
    }

    synchronized void leaveOut() {
        unkept++;
    }

    /** Steps that found no room. */
    synchronized int unkept() {
        return unkept;
    }

    int offsetUs(long now) {
        return clamp((now - startNanos) / 1000);
    }

    /** Unsigned 32 bits of microseconds reach 71 minutes; the last one means that there is no end yet. */
    static int clamp(long us) {
        return us >= 0xfffffffeL ? 0xfffffffe : us < 0 ? 0 : (int) us;
    }
}
