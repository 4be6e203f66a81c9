package io.midplane.launcher;

import java.util.Collection;
import java.util.function.BooleanSupplier;

import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;

/**
 * When a started workload counts as ready: each route that starts by itself is started, and Camel's
 * own readiness checks are up. Waits until it is to stop; the runner has the deadline and knows the logs.
 */
final class Readiness {
    private static final long POLL_MS = 10;

    private Readiness() { }

    static void await(CamelContext context, BooleanSupplier stopping) {
        try {
            while (!stopping.getAsBoolean() && !context.isStopping() && !context.isStopped()
                    && !(started(context) && up(context))) {
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean started(CamelContext context) {
        for (Route route : context.getRoutes()) {
            ServiceStatus status = context.getRouteController().getRouteStatus(route.getRouteId());
            if (Boolean.TRUE.equals(route.isAutoStartup()) && (status == null || !status.isStarted())
                    && context.isAutoStartup()) {
                return false;
            }
        }
        return true;
    }

    private static boolean up(CamelContext context) {
        Collection<HealthCheck.Result> results = HealthCheckHelper.invokeReadiness(context);
        return results.stream().noneMatch(result -> result.getState() == HealthCheck.State.DOWN);
    }
}
