package io.midplane.tracer;

import org.slf4j.MDC;

/**
 * Message, route and node as entries of the logger's own context, where the logger is not ours.
 *
 * <p>The launcher's log asks {@link Current} when it writes a line, which costs a node nothing. A foreign logger can only be
 * told ahead, at every node, so this is there only where it has somewhere to put entries; {@code mdc=false} in the
 * tracer's address leaves it out.
 */
final class Mdc {
    private static final String MESSAGE = "midplane.message";
    private static final String ROUTE = "midplane.route";
    private static final String NODE = "midplane.node";

    private final long instance;

    private Mdc(long instance) {
        this.instance = instance;
    }

    /** @return null when nobody would read the entries */
    static Mdc find(Address address, long instance) {
        try {
            boolean stored = address.mdc && !MDC.getMDCAdapter().getClass().getSimpleName().startsWith("NOP");
            return stored ? new Mdc(instance) : null;
        } catch (RuntimeException | LinkageError err) {
            return null; // a logger of its own kind: it keeps its lines to itself
        }
    }

    /** This thread is in a step now, or in none if {@code track} is null. */
    void at(Track track, NodeInfo node) {
        if (track == null) {
            MDC.remove(MESSAGE);
            MDC.remove(ROUTE);
            MDC.remove(NODE);
            return;
        }
        MDC.put(MESSAGE, track.root.id(instance));
        MDC.put(ROUTE, node == null ? track.root.route.id : node.route.id);
        if (node == null) {
            MDC.remove(NODE);
        } else {
            MDC.put(NODE, node.id);
        }
    }
}
