package io.midplane.tracer;

/** What a copy carries that goes on by itself (wireTap, aggregate): where it came from, and nothing to add to. */
final class Detached {
    final long counter;
    final long traceHigh;
    final long traceLow;

    Detached(RootTrack from, long instance) {
        counter = from.counter;
        boolean own = from.traceHigh == 0 && from.traceLow == 0;
        traceHigh = own ? instance : from.traceHigh;
        traceLow = own ? from.counter : from.traceLow;
    }
}
