package io.midplane.tracer;

import java.util.ArrayList;
import java.util.List;

import org.apache.camel.Exchange;

/**
 * The steps of one exchange: of a message itself, or of a child that a split, multicast or Kamelet made.
 *
 * <p>It travels as a plain property of the exchange. Children get a reference to their parent's track by Camel's
 * copying, and sometimes a child's is copied back, so a track belongs to an exchange only if that is its owner: else
 * the parents are walked, then an equal exchange id counts (copies for redelivery and loops), else it is a new child.
 *
 * <p>One exchange is worked on by one thread after the other, so there is no lock; the list of what is in flight reads
 * from outside and takes what it sees.
 */
class Track {
    static final String KEY = "MidplaneTrack";
    /** Ints for a step: node and flags, parent and redelivery, start, duration (both microseconds). */
    static final int WIDTH = 4;
    static final int NODE_MASK = 0xffffff;
    static final int FAILED = 1 << 24;
    static final int ASYNC = 1 << 25;
    static final int OTHER_THREAD = 1 << 27;
    static final int FILTERED = 1 << 31;
    /** A duration that is not known yet. */
    static final int UNFINISHED = -1;
    /** More steps than this are only counted. */
    static final int STEPS_MAX = 10_000;
    /** Steps of a child: a split body is short. */
    private static final int CHILD_STEPS = 4;

    final RootTrack root;
    final Track parent;
    final int parentStep;
    /** Which round of the parent's step, or -1: then the order of creation says. */
    final int iteration;
    Exchange owner;
    /** The thread that entered the last step. */
    Thread thread;
    int[] steps;
    int count;
    int open = -1;
    /** All steps, kept or not. */
    int total;
    int depth;
    /** The node whose last attempt failed. */
    NodeInfo failedNode;
    /** The step of its first attempt. */
    int failedFrom;
    /** Loops that are open: only within one has a step a round of its own. */
    int loops;
    /** Where the open step sends to, if it is a dynamic one that heard it. */
    String called;
    /** For the next node, see {@link Done}. */
    Done spare;
    private int firstRouteUs;
    private int[] routeStarts;
    private String[] details;
    private int[] rounds;
    /** When the last step ended on {@code thread}, or -1: then the clock says what time it is. */
    int lastUs = -1;
    private List<Track> children;
    /** Place of each step in the encoded list; used by the encoder only. Null: where they are here. */
    int[] places;

    Track(RootTrack root, Track parent, int parentStep, int iteration, Exchange owner, int expected) {
        this.root = root == null ? (RootTrack) this : root;
        this.parent = parent;
        this.parentStep = parentStep;
        this.iteration = iteration;
        this.owner = owner;
        this.steps = new int[expected * WIDTH];
    }

    /** The track that this exchange has, or null. */
    static Track of(Object carried, Exchange exchange) {
        if (!(carried instanceof Track)) {
            return null;
        }
        Track first = (Track) carried;
        if (first.owner == exchange) {
            return first;
        }
        for (Track at = first.parent; at != null; at = at.parent) {
            if (at.owner == exchange) {
                exchange.setProperty(KEY, at);
                return at;
            }
        }
        String id = exchange.getExchangeId();
        for (Track at = first; at != null; at = at.parent) {
            if (id.equals(at.owner.getExchangeId())) {
                return at;
            }
        }
        return null;
    }

    /** A child of {@code parent}, known to its exchange from here on. */
    static Track child(Track parent, Exchange exchange, Integer iteration) {
        // What is beyond the limit is counted on tracks that nobody keeps.
        boolean room = parent.root.used < STEPS_MAX;
        Track child = new Track(parent.root, parent, parent.open, iteration == null ? -1 : iteration, exchange,
                room ? CHILD_STEPS : 0);
        if (room) {
            synchronized (parent) {
                if (parent.children == null) {
                    parent.children = new ArrayList<>(4);
                }
                parent.children.add(child);
            }
        }
        exchange.setProperty(KEY, child);
        return child;
    }

    List<Track> children() {
        synchronized (this) {
            if (children == null) {
                return List.of();
            }
            return new ArrayList<>(children);
        }
    }

    /** @return the step, or -1 when there is no room for it */
    int begin(NodeInfo node, int now, int iteration, int redelivery) {
        total++;
        if (root.used >= STEPS_MAX) {
            root.leaveOut();
            return -1;
        }
        root.used++;
        int at = count;
        int base = at * WIDTH;
        if (base + WIDTH > steps.length) {
            steps = java.util.Arrays.copyOf(steps, Math.max(CHILD_STEPS * WIDTH, steps.length * 2));
        }
        int[] to = steps;
        Thread current = Thread.currentThread();
        int flags = 0;
        if (at == 0 && parent != null && parent.thread != current) {
            flags = OTHER_THREAD;
        }
        thread = current;
        to[base] = node.number | flags;
        to[base + 1] = open + 1 | redelivery << 16;
        to[base + 2] = now;
        to[base + 3] = UNFINISHED;
        if (iteration >= 0) {
            round(at, iteration);
        }
        lastUs = -1;
        count = at + 1;
        open = at;
        return at;
    }

    /** Microseconds since the start of the message; what Camel does between two nodes counts to the later one. */
    int nowUs() {
        int last = lastUs;
        return last >= 0 && thread == Thread.currentThread() ? last : root.offsetUs(System.nanoTime());
    }

    private void round(int step, int iteration) {
        int had = rounds == null ? 0 : rounds.length;
        if (had <= step) {
            int[] more = new int[Math.max(step + 1, steps.length / WIDTH)];
            java.util.Arrays.fill(more, had, more.length, -1);
            if (rounds != null) {
                System.arraycopy(rounds, 0, more, 0, had);
            }
            rounds = more;
        }
        rounds[step] = iteration;
    }

    int round(int step) {
        return rounds == null || step >= rounds.length ? -1 : rounds[step];
    }

    void end(int step, int us, int flags) {
        if (step < 0) {
            return;
        }
        int base = step * WIDTH;
        steps[base] |= flags;
        steps[base + 3] = us;
        open = (steps[base + 1] & 0xffff) - 1;
    }

    void failedAt(NodeInfo node, int step) {
        if (failedNode != node) {
            failedNode = node;
            failedFrom = step;
        }
    }

    /** Whether steps came after this one before it ended: its own, since it is the innermost open one. */
    boolean ranWithin(int step) {
        return step < 0 || count > step + 1 || hasChildren();
    }

    private synchronized boolean hasChildren() {
        return children != null && children.get(children.size() - 1).parentStep == open;
    }

    NodeInfo openNode(Tracer tracer) {
        int at = open;
        int[] from = steps;
        return at < 0 || at * WIDTH >= from.length ? null : tracer.node(from[at * WIDTH] & NODE_MASK);
    }

    int openSinceUs() {
        int at = open;
        int[] from = steps;
        return at < 0 || at * WIDTH >= from.length ? 0 : from[at * WIDTH + 2];
    }

    void detail(int step, String text) {
        if (step < 0 || text == null) {
            return;
        }
        if (details == null || details.length <= step) {
            String[] more = new String[Math.max(step + 1, steps.length / WIDTH)];
            if (details != null) {
                System.arraycopy(details, 0, more, 0, details.length);
            }
            details = more;
        }
        details[step] = text;
    }

    /** Place of a step in the encoded list, or -1. */
    int place(int step) {
        return step < 0 ? -1 : places == null ? step : step < places.length ? places[step] : -1;
    }

    String detail(int step) {
        return details == null || step >= details.length ? null : details[step];
    }

    /** A route begins: a step of its own, within which its nodes are. */
    void beginRoute(RouteInfo route, long nanos) {
        int now = root.offsetUs(nanos);
        if (depth > 0) {
            // The outermost route begins with the message, or with the child, and needs no place of its own.
            if (routeStarts == null || depth > routeStarts.length) {
                int[] more = new int[depth * 2];
                if (routeStarts != null) {
                    System.arraycopy(routeStarts, 0, more, 0, depth - 1);
                }
                routeStarts = more;
            }
            routeStarts[depth - 1] = now;
        } else {
            firstRouteUs = now;
        }
        depth++;
        begin(route.from, now, -1, 0);
    }

    /** @return how long the route took in microseconds, or -1 when it had not begun here */
    long endRoute(RouteInfo route, int now, boolean failed) {
        if (depth == 0) {
            return -1;
        }
        depth--;
        int since = depth > 0 ? routeStarts[depth - 1] : firstRouteUs;
        long us = Math.max(0, (now & 0xffffffffL) - (since & 0xffffffffL));
        for (int at = open; at >= 0;) {
            int base = at * WIDTH;
            int outer = (steps[base + 1] & 0xffff) - 1;
            if ((steps[base] & NODE_MASK) == route.from.number) {
                end(at, RootTrack.clamp(us), failed ? FAILED : 0);
                break;
            }
            at = outer;
        }
        return us;
    }
}
