package io.midplane.tracer;

/** Chains of causes, which may lead back to themselves. */
final class Errors {
    private static final int DEPTH_MAX = 32;

    private Errors() { }

    static boolean leadsTo(Throwable from, Throwable to) {
        Throwable at = from;
        for (int i = 0; i < DEPTH_MAX && at != null; i++, at = at.getCause()) {
            if (at == to) {
                return true;
            }
        }
        return false;
    }
}
