package io.midplane.tracer;

import org.apache.camel.Exchange;

/**
 * Carried by an exchange that repeats a recorded message, until a route takes it up.
 *
 * <p>The launcher marks the exchange before it is processed and asks for its id after. It knows this class by name only,
 * so its methods take plain objects. On the wire the original is an attribute of a name that no rule can give.
 */
public final class Replayed {
    /** The runner takes it out again: it becomes the record's own field. */
    static final String ATTRIBUTE = "midplane.replayOf";

    final String original;

    private Replayed(String original) {
        this.original = original;
    }

    public static void mark(Object exchange, String original) {
        ((Exchange) exchange).setProperty(Track.KEY, new Replayed(original));
    }

    /** @return null when the exchange was not traced */
    public static String messageId(Object exchange) {
        Object carried = ((Exchange) exchange).getProperty(Track.KEY);
        Tracer tracer = Tracer.get();
        if (tracer == null || !(carried instanceof Track)) {
            return null;
        }
        RootTrack root = ((Track) carried).root;
        return Current.messageId(root.startUs, tracer.instance, root.counter);
    }
}
