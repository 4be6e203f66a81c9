package io.midplane.launcher;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;

import org.apache.camel.CamelContext;
import org.slf4j.LoggerFactory;

/**
 * What the runner asks of a workload that runs: routes held back, messages delivered.
 *
 * <pre>
 *   control/routes.json     which routes are stopped or suspended -> status/routes.json   (Holds)
 *   control/orders/ID.json  one message to deliver               -> status/answers/ID.*   (Orders)
 * </pre>
 *
 * <p>Files, as for go and for the same reason: runner and workload outlive each other, and what was asked must be
 * decided once whichever of them is killed. The runner owns {@code control/}, the workload {@code status/}; neither
 * writes into the other's folder.
 */
final class Control implements Runnable {
    /** Fifty looks in a second cost 0.1 % of a processor; a replay waits for half of one. */
    private static final long POLL_MS = 20;
    /** Where one was, others follow: those of a bulk, or of somebody who tries again. */
    private static final long BUSY_POLL_MS = 2;
    private static final long BUSY_NS = 1_000_000_000L;
    /** A sandbox that nobody asks ends, also when the runner that started it is gone. */
    private static final long SANDBOX_IDLE_NS = 120_000_000_000L;

    private final CamelContext context;
    private final Holds holds;
    private final Orders orders;
    private final boolean isSandbox;
    private final BooleanSupplier stopping;

    Control(CamelContext context, Path control, Path status, Holds holds, Sandbox sandbox, BooleanSupplier stopping) {
        this.context = context;
        this.holds = holds;
        this.orders = new Orders(context, control.resolve("orders"), status.resolve("answers"), sandbox);
        this.isSandbox = sandbox != null;
        this.stopping = stopping;
    }

    /** On a thread of its own, which the end of the process ends. */
    void start() {
        Thread thread = new Thread(this, "midplane-control");
        thread.setDaemon(true);
        thread.start();
    }

    /** Before the process ends: what ended well must be known as such. */
    void finish() throws InterruptedException {
        orders.finish();
    }

    @Override
    public void run() {
        long last = System.nanoTime();
        long busyUntil = last;
        try {
            while (!stopping.getAsBoolean()) {
                try {
                    holds.look(context);
                    if (orders.look()) {
                        last = System.nanoTime();
                        busyUntil = last + BUSY_NS;
                    } else if (isSandbox && System.nanoTime() - last > SANDBOX_IDLE_NS) {
                        Runtime.getRuntime().halt(0);
                    }
                } catch (Exception err) {
                    LoggerFactory.getLogger("midplane").warn("look at what the runner asks", err);
                }
                Thread.sleep(System.nanoTime() - busyUntil < 0 ? BUSY_POLL_MS : POLL_MS);
            }
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        }
    }
}
