package io.midplane.tracer.wire;

/** Numbers of the protocol (docs/reference/tracer-protocol.md). */
public final class Frames {
    public static final int VERSION = 1;
    public static final int OLDEST = 1;
    public static final int BODY_MAX = 1 << 20;
    /** What one TRACES frame aims at. */
    static final int TRACES_BYTES = 256 << 10;
    /** A message whose record is longer could not be sent at all. */
    public static final int RECORD_MAX = BODY_MAX - 64;

    public static final int HELLO = 1;
    public static final int STRUCTURE = 2;
    static final int DICT = 3;
    static final int TRACES = 4;
    public static final int STATS = 5;
    public static final int ROUTE_STATE = 6;
    public static final int LOG = 7;
    public static final int DROPS = 8;
    public static final int IN_FLIGHT = 9;
    static final int PING = 10;
    static final int WELCOME = 129;
    static final int REFUSE = 130;
    static final int CONFIG = 131;
    static final int CREDIT = 132;
    static final int GET_IN_FLIGHT = 133;
    static final int DUMP = 134;

    private Frames() { }
}
