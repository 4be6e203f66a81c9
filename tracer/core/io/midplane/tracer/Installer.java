package io.midplane.tracer;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelContextTracker;

/** Puts the tracer into a context, once, whichever entry comes first. */
public final class Installer {
    private static final Set<CamelContext> INSTALLED = Collections.newSetFromMap(new WeakHashMap<>());
    private static boolean waiting;

    private Installer() { }

    /** @param context a {@code CamelContext}, or null: then every context that is created from now on */
    public static synchronized void install(Object context) {
        try {
            Tracer tracer = Tracer.get();
            if (tracer == null) {
                return;
            }
            if (context == null) {
                awaitContexts();
            } else if (INSTALLED.add((CamelContext) context)) {
                into((CamelContext) context, tracer);
            }
        } catch (Throwable err) {
            Quiet.failed("install", err);
        }
    }

    private static void awaitContexts() {
        if (waiting) {
            return;
        }
        waiting = true;
        new CamelContextTracker() {
            @Override
            public void contextCreated(CamelContext context) {
                install(context);
            }
        }.open();
    }

    private static void into(CamelContext context, Tracer tracer) throws Exception {
        Routes routes = new Routes(tracer, context);
        context.getCamelContextExtension().addInterceptStrategy(new NodeInterceptor(tracer, routes));
        context.addRoutePolicyFactory(new BoundaryFactory(tracer, routes));
        Notifier notifier = new Notifier(tracer, context);
        notifier.setCamelContext(context);
        context.getManagementStrategy().addEventNotifier(notifier);
        // Camel asked whether anybody listens before it came to us.
        context.getCamelContextExtension().setEventNotificationApplicable(true);
        tracer.installed(context);
    }
}
