package io.midplane.tracer;

import java.util.ArrayList;
import java.util.List;

import org.apache.camel.Exchange;

/** A message: the track of its exchange, and what is known of the whole. */
final class RootTrack extends Track {
    /** The protocol has room for 16 payloads of a message; two are those of start and failure. */
    static final int REPLIES_MAX = 14;

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
    /** What was answered to questions, in their order; null while nothing was. */
    private List<Snapshot> replies;
    /** The body was a stream that Camel had not cached when the route began. */
    boolean startPending;
    /** Neighbours in the list of what is in flight. */
    RootTrack before;
    RootTrack after;
    boolean listed;
    private String id;

    RootTrack(RouteInfo route, long counter, long startNanos, long startUs, Exchange owner, int expected) {
        super(null, null, -1, -1, owner, expected);
        this.route = route;
        this.counter = counter;
        this.startNanos = startNanos;
        this.startUs = startUs;
    }

    /** As people name it; made when somebody asks. */
    String id(long instance) {
        String known = id;
        if (known == null) {
            known = Current.messageId(startUs, instance, counter);
            id = known;
        }
        return known;
    }

    /** Parallel children may ask at once. */
    synchronized boolean hasRoomForReply() {
        return replies == null || replies.size() < REPLIES_MAX;
    }

    synchronized void reply(Snapshot reply) {
        if (replies == null) {
            replies = new ArrayList<>(2);
        }
        if (replies.size() < REPLIES_MAX) {
            replies.add(reply);
        }
    }

    synchronized List<Snapshot> replies() {
        return replies == null ? List.of() : List.copyOf(replies);
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
