package io.midplane.tracer;

/** What a copy carries that goes on by itself (wireTap, aggregate): where it came from, and nothing to add to. */
final class Detached {
    /** What the exchange itself had, to be put back. */
    final Track track;
    final long counter;
    final long traceHigh;
    final long traceLow;

    Detached(Track track, long instance) {
        this.track = track;
        RootTrack from = track.root;
        counter = from.counter;
        boolean own = from.traceHigh == 0 && from.traceLow == 0;
        traceHigh = own ? instance : from.traceHigh;
        traceLow = own ? from.counter : from.traceLow;
    }
}
