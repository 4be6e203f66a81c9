package io.midplane.tracer;

import java.util.ArrayList;
import java.util.List;

import org.apache.camel.Exchange;

import io.midplane.tracer.wire.Buffer;
import io.midplane.tracer.wire.Words;

/** What is in work: sixteen lists, so that threads that begin and end messages seldom meet at one lock. */
final class Flights {
    private static final int STRIPES = 16;
    /** As many as an answer holds. */
    private static final int OLDEST = 100;
    /** A message whose end never comes (its route was killed) must not hold its exchange for ever. */
    private static final int STRIPE_MAX = 4096;

    /** So many of a stripe, and so many children of one exchange, are looked at for an exchange id. */
    private static final int FIND_MAX = 256;
    /** Splits within splits. */
    private static final int DEPTH_MAX = 8;

    private final Stripe[] stripes = new Stripe[STRIPES];

    private static final class Stripe {
        RootTrack first;
        RootTrack last;
        int size;
    }

    Flights() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    void add(RootTrack track) {
        Stripe stripe = stripes[(int) track.counter & STRIPES - 1];
        synchronized (stripe) {
            if (stripe.size >= STRIPE_MAX) {
                unlink(stripe, stripe.first);
            }
            track.before = stripe.last;
            if (stripe.last == null) {
                stripe.first = track;
            } else {
                stripe.last.after = track;
            }
            stripe.last = track;
            track.listed = true;
            stripe.size++;
        }
    }

    void remove(RootTrack track) {
        Stripe stripe = stripes[(int) track.counter & STRIPES - 1];
        synchronized (stripe) {
            if (track.listed) {
                unlink(stripe, track);
            }
        }
    }

    private static void unlink(Stripe stripe, RootTrack track) {
        if (track.before == null) {
            stripe.first = track.after;
        } else {
            track.before.after = track.after;
        }
        if (track.after == null) {
            stripe.last = track.before;
        } else {
            track.after.before = track.before;
        }
        track.before = null;
        track.after = null;
        track.listed = false;
        stripe.size--;
    }

    int size() {
        int size = 0;
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                size += stripe.size;
            }
        }
        return size;
    }

    /**
     * The message, or the child of one, that an exchange id names: among the newest of each list and the newest of their children. Asked
     * for when a failure is logged.
     *
     * @return null when nothing in work has it
     */
    Track find(String exchangeId) {
        if (exchangeId == null) {
            return null;
        }
        for (Stripe stripe : stripes) {
            List<Track> roots = new ArrayList<>();
            synchronized (stripe) {
                for (RootTrack at = stripe.last; at != null && roots.size() < FIND_MAX; at = at.before) {
                    roots.add(at);
                }
            }
            for (Track root : roots) {
                Track found = within(root, exchangeId, 0);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private static Track within(Track at, String exchangeId, int depth) {
        Exchange owner = at.owner;
        if (owner != null && exchangeId.equals(owner.getExchangeId())) {
            return at;
        }
        if (depth < DEPTH_MAX) {
            List<Track> children = at.children();
            // The newest first: what fails has just been at work.
            for (int i = children.size() - 1, left = FIND_MAX; i >= 0 && left > 0; i--, left--) {
                Track found = within(children.get(i), exchangeId, depth + 1);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** The body of an answer. */
    void write(Buffer out, Words words, Tracer tracer, long request) {
        List<RootTrack> all = new ArrayList<>();
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                RootTrack at = stripe.first; // the oldest of the stripe
                for (int i = 0; i < OLDEST && at != null; i++, at = at.after) {
                    all.add(at);
                }
            }
        }
        all.sort((a, b) -> Long.compare(a.startNanos - b.startNanos, 0));
        long now = System.nanoTime();
        out.number(request);
        out.number(size());
        int count = Math.min(all.size(), OLDEST);
        out.number(count);
        for (RootTrack track : all.subList(0, count)) {
            Track deepest = deepest(track);
            NodeInfo node = deepest.openNode(tracer);
            Thread thread = deepest.thread;
            long age = Math.max(0, (now - track.startNanos) / 1000);
            out.number(track.counter);
            out.number(track.startUs);
            out.number(age);
            out.number(track.route.number);
            out.number(node == null ? 0 : node.number);
            out.number(node == null ? 0 : Math.max(0, age - deepest.openSinceUs()));
            out.text(track.owner.getExchangeId());
            out.word(words, thread == null ? null : thread.getName());
            out.number(track.total);
        }
    }

    /** Where a message is: in the last of its children that is still inside a step. */
    private static Track deepest(Track from) {
        Track at = from;
        for (int depth = 0; depth < 64; depth++) {
            Track inner = null;
            for (Track child : at.children()) {
                if (child.open >= 0) {
                    inner = child;
                }
            }
            if (inner == null) {
                return at;
            }
            at = inner;
        }
        return at;
    }
}
