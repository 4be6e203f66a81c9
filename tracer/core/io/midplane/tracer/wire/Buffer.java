package io.midplane.tracer.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes being written: varints, text, words, frames. */
public final class Buffer {
    private static final int HEADER = 7;
    /** Texts on the wire end here. */
    private static final int TEXT_MAX = 64 << 10;

    private byte[] bytes;
    private int size;

    public Buffer(int capacity) {
        bytes = new byte[capacity];
    }

    public int size() {
        return size;
    }

    public int capacity() {
        return bytes.length;
    }

    public byte[] array() {
        return bytes;
    }

    public void clear() {
        size = 0;
    }

    public void truncate(int to) {
        size = to;
    }

    public byte[] copy() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }

    public void u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    public void u16(int value) {
        u8(value);
        u8(value >>> 8);
    }

    public void u32(int value) {
        u16(value);
        u16(value >>> 16);
    }

    public void u64(long value) {
        u32((int) value);
        u32((int) (value >>> 32));
    }

    public void bigEndian(long value) {
        u64(Long.reverseBytes(value));
    }

    public void number(long value) {
        room(10);
        byte[] to = bytes;
        int at = size;
        while ((value & ~0x7fL) != 0) {
            to[at++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        to[at++] = (byte) value;
        size = at;
    }

    public void signed(long value) {
        number(value << 1 ^ value >> 63);
    }

    public void raw(byte[] from, int start, int length) {
        room(length);
        System.arraycopy(from, start, bytes, size, length);
        size += length;
    }

    public void blob(byte[] from, int length) {
        number(length);
        raw(from, 0, length);
    }

    public void text(String text) {
        // Half a million characters would be encoded for nothing; four bytes are the most one can take.
        String cut = text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
        byte[] utf8 = cut.getBytes(StandardCharsets.UTF_8);
        blob(utf8, Math.min(utf8.length, TEXT_MAX));
    }

    /** A text that does not repeat, where a word is expected. */
    public void inline(String text) {
        if (text == null || text.isEmpty()) {
            number(0);
        } else {
            number(1);
            text(text);
        }
    }

    public void word(Words words, String text) {
        if (text == null || text.isEmpty()) {
            number(0);
            return;
        }
        int entry = words.entry(text);
        if (entry < 0) {
            inline(text);
        } else {
            number(entry + 2L);
        }
    }

    /** A number whose value is set later, by {@link #setLater}. */
    public int later() {
        return beginPart();
    }

    public void setLater(int place, int value) {
        bytes[place - 3] = (byte) (value | 0x80);
        bytes[place - 2] = (byte) (value >>> 7 | 0x80);
        bytes[place - 1] = (byte) (value >>> 14 & 0x7f);
    }

    /** Where a part begins, whose length is not known yet; close it with {@link #endPart}. */
    public int beginPart() {
        room(3);
        size += 3;
        return size;
    }

    /** Writes the length before the part: three bytes, which a varint may be longer than it must. */
    public void endPart(int start) {
        setLater(start, size - start);
    }

    public int beginFrame(int kind) {
        u32(0);
        u8(kind);
        u16(Frames.VERSION);
        return size;
    }

    public void endFrame(int start) {
        int length = size - start;
        int at = start - HEADER;
        bytes[at] = (byte) length;
        bytes[at + 1] = (byte) (length >>> 8);
        bytes[at + 2] = (byte) (length >>> 16);
        bytes[at + 3] = (byte) (length >>> 24);
    }
}
