package io.midplane.launcher;

import org.apache.camel.CamelContext;

/** A Camel application of either kind, as the launcher drives it. */
interface Workload {
    /** Starts (through the {@link Gate}), reports ready, and returns the exit code when it has stopped. */
    int runUntilStopped(Status status) throws Exception;

    /** The Camel context, or null when it does not exist yet. */
    CamelContext context();

    /** Asks it to stop gracefully; {@link #runUntilStopped} then returns. */
    void requestStop();
}
