package io.midplane.tracer;

import java.util.function.Function;

/** What this thread works on, so that its log lines can say it. */
final class Current {
    private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(Current::new);
    private static final char[] BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

    Track track;
    NodeInfo node;

    /** What this thread works on from here on. */
    void set(Track to, NodeInfo in, Mdc mdc) {
        track = to;
        node = in;
        if (mdc != null) {
            mdc.at(to, in);
        }
    }

    static Current get() {
        return CURRENT.get();
    }

    /**
     * Gives the launcher's log the fields of a line.
     *
     * @return whether the launcher is there
     */
    static boolean attach(Tracer tracer) {
        try {
            Function<String, String[]> fields = text -> {
                try {
                    return fields(tracer, text);
                } catch (RuntimeException err) {
                    return null; // a line without its message is still a line, and no reason to break a route
                }
            };
            Class.forName("io.midplane.launcher.log.JsonLog", true, Current.class.getClassLoader())
                    .getMethod("context", Function.class).invoke(null, fields);
            return true;
        } catch (ReflectiveOperationException | LinkageError err) {
            return false;
        }
    }

    /** Message id, exchange id, route and node, the latter two null where unknown; null outside of a message. */
    private static String[] fields(Tracer tracer, String text) {
        Current current = get();
        Track at = current.track;
        NodeInfo in = current.node;
        if (at == null || at.root.finished) {
            // Camel's error handlers speak after the node has been left, and name the exchange.
            at = tracer.flights.find(Spoken.exchange(text));
            if (at == null) {
                return null;
            }
            in = at.failedNode != null ? at.failedNode : at.root.errorNode;
        }
        RootTrack root = at.root;
        return new String[] {root.id(tracer.instance), at.owner.getExchangeId(),
            in == null ? root.route.id : in.route.id, in == null ? null : in.id};
    }

    /** As everywhere else: start, low half of the instance, low half of the counter, in base 32. */
    static String messageId(long startUs, long instance, long counter) {
        long low = instance << 32 | counter & 0xffffffffL;
        char[] text = new char[26];
        long high = startUs;
        for (int i = 25; i >= 0; i--) {
            text[i] = BASE32[(int) (low & 31)];
            low = low >>> 5 | high << 59;
            high >>>= 5;
        }
        return new String(text);
    }
}
