package io.midplane.tracer;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.StreamCache;
import org.apache.camel.WrappedFile;

/**
 * Headers and body at one point, held by reference where nothing can change them.
 *
 * <p>A stream that is not cached is never touched: only the route may read it. Objects are rendered at once, because
 * they may change; text and bytes are cut when the message is encoded.
 */
final class Snapshot {
    static final int START = 1;
    static final int FAILURE = 2;
    /** As it left the step it belongs to: what a remote system answered. */
    static final int END = 3;
    static final int NONE = 0;
    static final int TEXT = 1;
    static final int BYTES = 2;
    static final int VIEW = 3;
    static final int STREAM = 10;
    static final int OBJECT = 11;
    static final int FILE = 12;
    static final int LEVEL = 13;
    static final int ERROR = 14;
    /** Far more than any protocol carries; ten thousand headers must not cost a message's time. */
    private static final int HEADERS_MAX = 256;

    final int point;
    Track track;
    int step = -1;
    int kind;
    /** String, byte[] or StreamCache, as {@code kind} says. */
    Object body;
    long size;
    boolean truncated;
    String bodyClass;
    String contentType;
    /** Name, value, name, value. */
    Object[] headers = {};
    int headersTotal;

    private Snapshot(int point) {
        this.point = point;
    }

    static Snapshot take(int point, Exchange exchange, int level, Settings settings) {
        Snapshot snapshot = new Snapshot(point);
        Message message = exchange.getMessage();
        if (message.hasHeaders()) {
            snapshot.copyHeaders(message.getHeaders());
        }
        snapshot.takeBody(message.getBody(), exchange, level, settings);
        return snapshot;
    }

    private void copyHeaders(Map<String, Object> from) {
        headersTotal = from.size();
        Object[] to = new Object[2 * Math.min(headersTotal, HEADERS_MAX)];
        int at = 0;
        for (Map.Entry<String, Object> header : from.entrySet()) {
            if (at >= to.length) {
                break;
            }
            Object value = header.getValue();
            to[at++] = header.getKey();
            to[at++] = value instanceof byte[] ? Arrays.copyOf((byte[]) value, Math.min(((byte[]) value).length, 4096))
                    : value;
            if (contentType == null && value instanceof String && "Content-Type".equalsIgnoreCase(header.getKey())) {
                contentType = (String) value;
            }
        }
        headers = at == to.length ? to : Arrays.copyOf(to, at);
    }

    /** @return whether there may be more to take once Camel has cached the stream */
    boolean takeBody(Object from, Exchange exchange, int level, Settings settings) {
        bodyClass = from == null ? null : from.getClass().getName();
        if (from == null) {
            kind = NONE;
        } else if (level < Settings.BODIES) {
            kind = LEVEL;
            size = sizeOf(from);
        } else if (from instanceof String) {
            kind = TEXT;
            body = from;
            size = ((String) from).length();
        } else if (from instanceof byte[]) {
            kind = BYTES;
            body = from;
            size = ((byte[]) from).length;
        } else if (from instanceof Number || from instanceof Boolean || from instanceof Character
                || from instanceof Enum || from instanceof java.util.UUID) {
            kind = TEXT;
            String text = from.toString();
            body = text;
            size = text.length();
        } else if (from instanceof StreamCache) {
            takeCache((StreamCache) from, exchange, settings.payloadCap);
        } else if (from instanceof InputStream || from instanceof Reader || from instanceof java.util.Iterator
                || from instanceof java.nio.channels.Channel) {
            kind = STREAM;
            return true;
        } else if (from instanceof WrappedFile) {
            size = Math.max(0, ((WrappedFile<?>) from).getFileLength());
            takeFile(((WrappedFile<?>) from).getFile(), settings.payloadCap);
        } else if (from instanceof File || from instanceof Path) {
            takeFile(from, settings.payloadCap);
        } else if (from instanceof Map || from instanceof Collection || from instanceof Object[]) {
            JsonView view = new JsonView(settings.payloadCap);
            view.write(from);
            kind = VIEW;
            body = view.text();
            truncated = view.isFull();
            size = truncated ? 0 : ((String) body).length();
        } else if (!Buffers.take(from, this, settings.payloadCap)) {
            kind = OBJECT;
        }
        return false;
    }

    /**
     * A small file is read at once: it is moved or deleted when the route is through. One that is larger than what would be kept, or
     * that is elsewhere, is not touched.
     */
    private void takeFile(Object from, int cap) {
        kind = FILE;
        Path path = from instanceof File ? ((File) from).toPath() : from instanceof Path ? (Path) from : null;
        if (path == null || size > cap) {
            return;
        }
        try {
            long length = Files.isRegularFile(path) ? Files.size(path) : Long.MAX_VALUE;
            size = length == Long.MAX_VALUE ? size : length;
            if (length > cap) {
                return;
            }
            try (InputStream in = Files.newInputStream(path)) {
                byte[] bytes = in.readNBytes(cap + 1);
                body = bytes;
                kind = BYTES;
                size = bytes.length;
            }
        } catch (IOException | RuntimeException err) {
            body = null; // gone, or not ours to read
        }
    }

    /** What a body says of its size without being read; 0: nothing. */
    private static long sizeOf(Object body) {
        return body instanceof String ? ((String) body).length()
                : body instanceof byte[] ? ((byte[]) body).length
                : body instanceof StreamCache ? Math.max(0, ((StreamCache) body).length())
                : body instanceof WrappedFile ? Math.max(0, ((WrappedFile<?>) body).getFileLength()) : 0;
    }

    /** A copy has a position of its own; one in memory shares the bytes, one on disk is read while the file is there. */
    private void takeCache(StreamCache cache, Exchange exchange, int cap) {
        try {
            kind = BYTES;
            size = Math.max(0, cache.length());
            StreamCache copy = cache.copy(exchange);
            if (copy == null) {
                kind = STREAM;
            } else if (copy.inMemory()) {
                body = copy;
            } else {
                body = read(copy, cap);
            }
        } catch (Exception err) {
            kind = ERROR;
            body = null;
        }
    }

    /** @return at most one byte more than {@code cap} */
    static byte[] read(StreamCache copy, int cap) throws IOException {
        if (copy instanceof InputStream) {
            try (InputStream in = (InputStream) copy) {
                return in.readNBytes(cap + 1);
            }
        }
        Capped out = new Capped(cap + 1);
        try {
            copy.writeTo(out);
        } catch (Full err) {
            return out.bytes();
        }
        return out.bytes();
    }

    private static final class Full extends IOException {
        private static final long serialVersionUID = 1;

        Full() {
            super("enough");
        }
    }

    private static final class Capped extends OutputStream {
        private final java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        private final int cap;

        Capped(int cap) {
            this.cap = cap;
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        @Override
        public void write(int b) throws IOException {
            if (out.size() >= cap) {
                throw new Full();
            }
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            int room = Math.min(length, cap - out.size());
            out.write(bytes, from, Math.max(0, room));
            if (room < length) {
                throw new Full();
            }
        }
    }
}
