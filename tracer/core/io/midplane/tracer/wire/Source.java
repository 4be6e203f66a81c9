package io.midplane.tracer.wire;

import java.net.SocketAddress;

/** What the shipper needs of the tracer; all of it is called on the shipper's thread. */
public interface Source {
    SocketAddress address() throws Exception;

    String token();

    long instance();

    long startedUs();

    Words words();

    Ring ring();

    int structures();

    /** The body of a STRUCTURE frame, or null when that route is gone. */
    byte[] structure(int index);

    /** The runner knows nothing of the counters yet. */
    void forget();

    /** Writes what changed; says whether anything did. */
    boolean stats(Buffer out);

    /** Writes the counts, and returns {@link #dropped()} as it was then. */
    long drops(Buffer out, long sent, long uncertain);

    long dropped();

    void inFlight(Buffer out, long request);

    void config(String text);

    /** Time for the governor to look. */
    void look();

    void failed(String what, Throwable err);
}
