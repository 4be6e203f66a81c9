package io.midplane.launcher;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Route;
import org.apache.camel.ShutdownRoute;
import org.apache.camel.Suspendable;
import org.apache.camel.spi.RouteStartupOrder;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.LoggerFactory;

/**
 * The way out of a workload, at SIGTERM: routes and port first, told as {@code stopped}, then everything else.
 *
 * <pre>suspend consumers -> messages in flight end -> Camel stops the routes -> port closed -> stopped -> the rest</pre>
 *
 * <p>The next release waits for {@code stopped}, not for the end of the process: pools, beans and the JVM itself
 * take as long again, and nobody answers meanwhile. Camel's own strategy does the stopping, in its order and with
 * its timeout; it looks for messages in flight once a second, so for the first second this looks more often.
 *
 * <p>It ends with {@code halt}, since a JVM ended by a signal would not exit with 0.
 */
final class Handover implements Runnable {
    private static final long POLL_MS = 1;
    /** What lasts longer is left to Camel's strategy. */
    private static final long QUICK_MS = 1000;
    /** What the stop needs beyond Camel's own shutdown time: closing the server, the last log lines. */
    private static final int EXTRA_S = 5;

    private final Workload workload;
    private final Gate gate;
    private final HttpServer server;
    private final Status status;
    private final int shutdownSeconds;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** @param server null when the integration serves no HTTP */
    Handover(Workload workload, Gate gate, HttpServer server, Status status, int shutdownSeconds) {
        this.workload = workload;
        this.gate = gate;
        this.server = server;
        this.status = status;
        this.shutdownSeconds = shutdownSeconds;
    }

    /** The main thread has come to its end, with or without a stop. */
    void ended() {
        ended.countDown();
    }

    @Override
    public void run() {
        boolean graceful = gate.stop();
        try {
            if (graceful) {
                stopRoutes();
                workload.finishDeliveries();
                workload.requestStop();
                if (!ended.await(shutdownSeconds + EXTRA_S, TimeUnit.SECONDS)) {
                    LoggerFactory.getLogger("midplane").warn("not stopped in {} s, ended with messages in flight",
                            shutdownSeconds);
                }
            } else {
                ended.await(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        }
        status.stopped();
        if (server != null) {
            server.close();
        }
        Runtime.getRuntime().halt(0);
    }

    private void stopRoutes() throws InterruptedException {
        CamelContext context = workload.context();
        if (context == null || !context.isStarted()) {
            return; // routes that are still being started are stopped by Camel, after that
        }
        List<RouteStartupOrder> routes = context.getCamelContextExtension().getRouteStartupOrder();
        long end = System.nanoTime() + QUICK_MS * 1_000_000;
        routes.forEach(route -> suspend(route.getRoute()));
        while (inFlight(context, routes) > 0 && System.nanoTime() < end) {
            Thread.sleep(POLL_MS);
        }
        try {
            context.getShutdownStrategy().shutdownForced(context, routes);
        } catch (InterruptedException err) {
            throw err;
        } catch (Exception err) {
            LoggerFactory.getLogger("midplane").warn("stop the routes", err);
            return; // not told as stopped: the end of the process says so
        }
        if (server != null) {
            server.release(context);
        }
        status.stopped();
    }

    /** Those that Camel's strategy would suspend first as well: others must run to empty what is in flight. */
    private static void suspend(Route route) {
        Consumer consumer = route.getConsumer();
        boolean deferred = route.getShutdownRoute() == ShutdownRoute.Defer
                || consumer instanceof ShutdownAware aware && aware.deferShutdown(route.getShutdownRunningTask());
        if (consumer instanceof Suspendable && !deferred) {
            ServiceHelper.suspendService(consumer);
        }
    }

    private static int inFlight(CamelContext context, List<RouteStartupOrder> routes) {
        int count = 0;
        for (RouteStartupOrder order : routes) {
            count += context.getInflightRepository().size(order.getRoute().getId());
            if (order.getRoute().getConsumer() instanceof ShutdownAware aware) {
                count += aware.getPendingExchangesSize();
            }
        }
        return count;
    }
}
