package io.midplane.launcher;

import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.main.MainSupport;
import org.apache.camel.main.SimpleMainShutdownStrategy;

/**
 * A Camel application of either kind, as the launcher drives it: through the {@link Gate}, to ready, and
 * out by {@link Handover}.
 *
 * <p>The two kinds, {@link MainWorkload} and {@link SpringWorkload}, are subclasses of Camel's own two
 * mains and differ in how they load routes; everything else is here.
 */
final class Workload extends MainListenerSupport {
    private final MainSupport main;
    private final Settings settings;
    private final Gate gate;
    private final Status status;
    private volatile Control control;

    Workload(Settings settings, ClassLoader loader, Gate gate, Status status) {
        this.settings = settings;
        this.gate = gate;
        this.status = status;
        this.main = switch (settings.kind()) {
            case MAIN -> new MainWorkload(settings, loader, gate);
            case SPRING -> new SpringWorkload(settings, loader, gate);
        };
        // Camel's default one installs a shutdown hook of its own, even when told not to.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        main.setAppName(settings.name());
        main.addMainListener(this);
    }

    /** Starts (through the gate), reports ready, and returns the exit code when it has stopped. */
    int runUntilStopped() throws Exception {
        HttpServer.forbidOthers();
        main.run();
        return Math.max(main.getExitCode(), 0);
    }

    @Override
    public void afterStart(BaseMainSupport started) {
        if (context() == null) {
            throw new IllegalStateException("no <camelContext> in " + settings.routes());
        }
        if (settings.sandbox() == null) {
            Readiness.await(context(), gate::isStopping);
        } // else: nothing starts by itself there, which Camel's own checks would call not ready
        if (!gate.isStopping()) {
            if (gate.holds() != null) {
                if (settings.sandbox() != null) {
                    Sandbox.startInner(context());
                }
                control = new Control(context(), settings.control(), settings.status().getParent(), gate.holds(),
                        settings.sandbox(), gate::isStopping);
                control.start();
            }
            status.ready();
        }
    }

    /** The Camel context, or null when it does not exist yet. */
    CamelContext context() {
        return main.getCamelContext();
    }

    /** After its routes have stopped and before the process ends. */
    void finishDeliveries() throws InterruptedException {
        Control begun = control;
        if (begun != null) {
            begun.finish();
        }
    }

    /** Asks it to stop gracefully; {@link #runUntilStopped} then returns. */
    void requestStop() {
        main.completed();
    }
}
