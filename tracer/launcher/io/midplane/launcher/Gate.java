package io.midplane.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.apache.camel.CamelContext;
import org.apache.camel.Ordered;
import org.apache.camel.StartupListener;
import org.apache.camel.main.HttpServerConfigurationProperties;

/**
 * The pause between check and go, inside Camel's own start.
 *
 * <p>Camel calls start-up listeners after every route is built and warmed up and before the first
 * consumer starts. This one reports {@code checked}, waits for the go file, binds the HTTP port and
 * lets Camel go on. So everything Camel does on start (order, {@code autoStartup}, supervised
 * routes, templates, Kamelets) is done by Camel itself, in its usual order.
 *
 * <p>Camel calls it again whenever a route is added later; the gate opens once.
 */
final class Gate implements StartupListener, Ordered {
    /** Short against the 300 ms that an update may leave unanswered; a stat of a missing file costs 2 us. */
    private static final long POLL_MS = 5;

    private final Status status;
    private final HttpServer server;
    private final Path go;
    private final int shutdownSeconds;
    private boolean entered;
    private volatile boolean opened;
    private volatile boolean stopping;

    Gate(Settings settings, Status status, HttpServer server) {
        this.status = status;
        this.server = server;
        this.go = settings.go();
        this.shutdownSeconds = settings.shutdownSeconds();
    }

    /** SIGTERM came while nothing ran yet. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("stopped before go", null, false, false);
        }

        static boolean isIn(Throwable err) {
            for (Throwable at = err; at != null; at = at.getCause()) {
                if (at instanceof Stopped) {
                    return true;
                }
            }
            return false;
        }
    }

    /** What the user set for the HTTP server, known once Camel has read its properties. */
    void configured(HttpServerConfigurationProperties configuration) {
        if (server != null) {
            server.configured(configuration);
        }
    }

    /** After the other listeners: what they do belongs to the check. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST;
    }

    @Override
    public void onCamelContextStarted(CamelContext context, boolean alreadyStarted) throws Exception {
        if (entered) {
            return;
        }
        entered = true;
        long user = context.getShutdownStrategy().getTimeUnit().toSeconds(context.getShutdownStrategy().getTimeout());
        context.getShutdownStrategy().setTimeUnit(TimeUnit.SECONDS);
        context.getShutdownStrategy().setTimeout(Math.min(user, shutdownSeconds));
        status.checked();
        if (server != null) {
            server.prepare(context);
        }
        while (!Files.exists(go)) {
            if (stopping) {
                throw new Stopped();
            }
            Thread.sleep(POLL_MS);
        }
        synchronized (this) {
            if (stopping) {
                throw new Stopped();
            }
            opened = true;
        }
        if (server != null) {
            server.bind(context);
        }
    }

    /** @return whether the gate had opened, so that there is something to stop gracefully */
    synchronized boolean stop() {
        stopping = true;
        return opened;
    }
}
