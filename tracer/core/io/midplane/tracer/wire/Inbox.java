package io.midplane.tracer.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads the body of one frame; what is not there is an error, never a guess. */
final class Inbox {
    private final byte[] bytes;
    private int at;

    Inbox(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    private int u8() throws IOException {
        if (at >= bytes.length) {
            throw new IOException("a frame of the runner ends too early");
        }
        return bytes[at++] & 0xff;
    }

    int u16() throws IOException {
        int low = u8();
        return low | u8() << 8;
    }

    long number() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = u8();
            value |= (next & 0x7fL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new IOException("a number of the runner has no end");
    }

    String text() throws IOException {
        long length = number();
        if (length < 0 || length > bytes.length - at) {
            throw new IOException("a text of the runner is longer than its frame");
        }
        String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
        at += (int) length;
        return text;
    }
}
