package io.midplane.launcher;

/** A Camel application of either kind, as the launcher drives it. */
interface Workload {
    /** Starts (through the {@link Gate}), reports ready, and returns the exit code when it has stopped. */
    int runUntilStopped(Status status) throws Exception;

    /** Asks it to stop gracefully; {@link #runUntilStopped} then returns. */
    void requestStop();
}
