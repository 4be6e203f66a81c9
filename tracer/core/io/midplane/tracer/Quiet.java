package io.midplane.tracer;

import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.LoggerFactory;

/** The tracer's own voice: what fails in it is said once a minute for each place, and goes nowhere else. */
final class Quiet {
    static final String LOGGER = "io.midplane.tracer";
    private static final long MINUTE_NS = 60_000_000_000L;
    /** Places are string constants of this package, some dozens. */
    private static final ConcurrentHashMap<String, Long> SAID = new ConcurrentHashMap<>();

    private Quiet() { }

    static void failed(String what, Throwable err) {
        try {
            long now = System.nanoTime();
            Long before = SAID.get(what);
            if (before == null || now - before > MINUTE_NS) {
                SAID.put(what, now);
                LoggerFactory.getLogger(LOGGER).warn("tracing: {} failed, messages go on untraced", what, err);
            }
        } catch (Throwable worse) {
            return; // there is nobody left to tell
        }
    }

    static void say(String text) {
        try {
            LoggerFactory.getLogger(LOGGER).info(text);
        } catch (Throwable err) {
            return;
        }
    }
}
