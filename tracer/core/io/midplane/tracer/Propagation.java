package io.midplane.tracer;

import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Takes the W3C trace context from messages that come in, and sends it along with remote calls. */
final class Propagation {
    static final String HEADER = "traceparent";
    private static final int LENGTH = 55;
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Propagation() { }

    static void take(RootTrack root, Message message) {
        Object breadcrumb = message.getHeader("breadcrumbId");
        if (breadcrumb instanceof String && ((String) breadcrumb).length() <= 256) {
            root.breadcrumb = (String) breadcrumb;
        }
        Object given = message.getHeader(HEADER);
        if (given instanceof String && ((String) given).length() >= LENGTH) {
            String text = (String) given;
            try {
                long high = Long.parseUnsignedLong(text, 3, 19, 16);
                long low = Long.parseUnsignedLong(text, 19, 35, 16);
                long span = Long.parseUnsignedLong(text, 36, 52, 16);
                if (high != 0 || low != 0) {
                    root.traceHigh = high;
                    root.traceLow = low;
                    root.parentSpan = span;
                    root.traceparent = text;
                }
            } catch (NumberFormatException err) {
                return; // somebody else's idea of a trace
            }
        }
    }

    /** Names this step as the caller, unless the route says something else itself. */
    static void send(Done done, Exchange exchange, long instance) {
        RootTrack root = done.track.root;
        Message message = exchange.getMessage();
        Object there = message.getHeader(HEADER);
        if (there != null && !there.equals(root.traceparent)) {
            return;
        }
        boolean own = root.traceHigh == 0 && root.traceLow == 0;
        // The place of a step is known only when the message is encoded; its start is known now and is in the record.
        long span = root.counter << 32 | done.startUs + 1L & 0xffffffffL;
        char[] text = new char[LENGTH];
        text[0] = '0';
        text[1] = '0';
        text[2] = '-';
        hex(text, 3, own ? instance : root.traceHigh);
        hex(text, 19, own ? root.counter : root.traceLow);
        text[35] = '-';
        hex(text, 36, span);
        text[52] = '-';
        text[53] = '0';
        text[54] = '1';
        done.sent = new String(text);
        message.setHeader(HEADER, done.sent);
    }

    /** Components copy headers to the answer: what we added must not stay there. */
    static void takeBack(Done done, Exchange exchange) {
        Message message = exchange.getMessage();
        if (done.sent.equals(message.getHeader(HEADER))) {
            if (done.track.root.traceparent == null) {
                message.removeHeader(HEADER);
            } else {
                message.setHeader(HEADER, done.track.root.traceparent);
            }
        }
    }

    private static void hex(char[] to, int at, long value) {
        for (int i = 0; i < 16; i++) {
            to[at + i] = HEX[(int) (value >>> 60 - 4 * i) & 15];
        }
    }
}
