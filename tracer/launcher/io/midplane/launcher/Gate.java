package io.midplane.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Ordered;
import org.apache.camel.StartupListener;
import org.apache.camel.component.seda.SedaComponent;
import org.apache.camel.main.HttpServerConfigurationProperties;
import org.apache.camel.support.LifecycleStrategySupport;

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
    /** Nobody answers while this file is awaited; a look at a missing one costs some microseconds. */
    private static final long POLL_MS = 2;
    /**
     * How long an idle seda consumer sleeps, and so how long a stop (and a start) waits for it; Camel's default is
     * a second. Forty looks in a second cost 0.05 % of a processor.
     */
    private static final int SEDA_POLL_MS = 25;

    private final Status status;
    private final HttpServer server;
    private final Path go;
    private final int shutdownSeconds;
    /** Null when the runner asks nothing later. */
    private final Holds holds;
    private boolean entered;
    private volatile boolean opened;
    private volatile boolean stopping;

    Gate(Settings settings, Status status, HttpServer server) {
        this.status = status;
        this.server = server;
        this.go = settings.go();
        this.shutdownSeconds = settings.shutdownSeconds();
        this.holds = settings.control() == null ? null
                : new Holds(settings.control(), settings.status().getParent());
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

    /** Puts itself into the context, which has no routes yet. */
    void install(CamelContext context) throws Exception {
        context.addLifecycleStrategy(new LifecycleStrategySupport() {
            @Override
            public void onComponentAdd(String name, Component component) {
                // What the user sets for the component or the endpoint is set later, and holds.
                if (component instanceof SedaComponent seda) {
                    seda.setDefaultPollTimeout(SEDA_POLL_MS);
                }
            }
        });
        context.addStartupListener(this);
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
        if (server != null) {
            server.prepare(context, !Files.exists(go));
        }
        status.checked();
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
        if (holds != null) {
            holds.beforeStart(context);
        }
        if (server != null) {
            server.bind(context);
        }
    }

    /** Routes that are held back, or null. */
    Holds holds() {
        return holds;
    }

    boolean isStopping() {
        return stopping;
    }

    /** @return whether the gate had opened, so that there is something to stop gracefully */
    synchronized boolean stop() {
        stopping = true;
        return opened;
    }
}
