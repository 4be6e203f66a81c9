package io.midplane.tracer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

import org.apache.camel.Exchange;
import org.apache.camel.StreamCache;

import io.midplane.tracer.wire.Buffer;
import io.midplane.tracer.wire.Words;

/** Writes one finished message, once, on the thread that finished it. One encoder for each thread. */
final class Encoder {
    static final int COMPLETED = 1;
    static final int HANDLED = 2;
    static final int FAILED = 3;
    static final int TRUNCATED = 1;
    static final int PAYLOADS_DROPPED = 2;
    static final int STILL_RAN = 4;
    static final int DEAD_LETTER = 8;
    static final int KEPT = 16;
    static final int REDELIVERED = 32;
    static final int GOVERNED = 64;
    private static final int ATTRIBUTES_MAX = 16;
    private static final int ATTRIBUTE_CHARS = 256;
    private static final int CAUSES_MAX = 8;
    private static final int MESSAGE_CHARS = 4096;
    private static final int FRAMES_MAX = 40;
    private static final int HEADER_CHARS = 4096;
    private static final int HEADERS_BYTES = 32 << 10;
    /** Answers are there for dry runs; those that fill frames are not worth it. */
    private static final int REPLIES_BYTES = 128 << 10;
    /** Deeper nesting of children than Camel's own stack would bear. */
    private static final int DEPTH_MAX = 200;
    /** More than this is given back when the message is written. */
    private static final int KEEP_BYTES = 64 << 10;
    private static final int KEEP_STEPS = 1024;
    private static final ThreadLocal<Encoder> OWN = ThreadLocal.withInitial(Encoder::new);

    private Buffer out = new Buffer(4096);
    /** The steps in their order: whose they are, which of its steps, place of the parent, round. */
    private Track[] order = new Track[32];
    private int[] steps = new int[3 * 32];
    private int size;
    private String knownFront;
    private int knownEntry;
    private boolean stillRan;
    private boolean truncated;
    private long total;

    /** What the finish of a message decided. */
    static final class Verdict {
        int outcome;
        int flags;
        double weight = 1;
        long durationUs;
        Throwable error;
        boolean payloads;
    }

    static byte[] encode(Tracer tracer, RootTrack root, Exchange exchange, Verdict verdict) {
        Encoder encoder = OWN.get();
        try {
            return encoder.write(tracer, root, exchange, verdict);
        } finally {
            encoder.clear();
        }
    }

    private void clear() {
        if (order.length > KEEP_STEPS) {
            order = new Track[32];
            steps = new int[3 * 32];
        } else {
            Arrays.fill(order, 0, size, null);
        }
        size = 0;
        if (out.capacity() > KEEP_BYTES) {
            out = new Buffer(4096);
        }
        out.clear();
        stillRan = false;
        truncated = false;
        total = 0;
    }

    private byte[] write(Tracer tracer, RootTrack root, Exchange exchange, Verdict verdict) {
        Words words = tracer.words;
        total = root.unkept();
        truncated = total > 0;
        flatten(root, -1, 0);
        out.number(verdict.flags | (truncated ? TRUNCATED : 0) | (stillRan ? STILL_RAN : 0)
                | (root.deadLetter ? DEAD_LETTER : 0) | (root.redelivered ? REDELIVERED : 0));
        out.number(root.counter);
        out.number(root.startUs);
        out.number(verdict.durationUs);
        out.number(root.route.number);
        out.u8(verdict.outcome);
        out.number(Math.round(verdict.weight * 1000));
        exchangeId(words, exchange.getExchangeId());
        if (root.traceHigh == 0 && root.traceLow == 0) {
            out.u8(0);
        } else {
            out.u8(1);
            out.bigEndian(root.traceHigh);
            out.bigEndian(root.traceLow);
            out.bigEndian(root.parentSpan);
        }
        out.number(root.parentCounter);
        if (root.parentCounter != 0) {
            out.number(0);
        }
        out.inline(root.breadcrumb);
        error(words, root, verdict.error);
        attributes(tracer, root, exchange);
        out.number(total + size);
        steps(words);
        payloads(tracer, root, verdict.payloads);
        return out.copy();
    }

    /** Puts steps in their order: each followed by the children that it made, one round after the other. */
    private void flatten(Track track, int above, int depth) {
        int count = Math.min(track.count, track.steps.length / Track.WIDTH);
        List<Track> children = track.children();
        if (children.size() > 1) {
            children.sort((a, b) -> a.parentStep != b.parentStep ? Integer.compare(a.parentStep, b.parentStep)
                    : Integer.compare(a.iteration, b.iteration));
        }
        // Without children every step is where it is; a place of its own is needed only behind others.
        int[] places = children.isEmpty() && depth == 0 ? null : new int[count];
        track.places = places;
        int next = 0;
        while (next < children.size() && children.get(next).parentStep < 0) {
            next++;
        }
        for (int i = 0; i < count; i++) {
            if (size >= Track.STEPS_MAX) {
                total += count - i;
                truncated = true;
                return;
            }
            int parent = (track.steps[i * Track.WIDTH + 1] & 0xffff) - 1;
            int own = track.round(i);
            if (places != null) {
                places[i] = size;
            }
            add(track, i, parent < 0 ? above : track.place(parent),
                    own >= 0 ? own : parent < 0 && track.parent != null ? track.iteration : -1);
            int round = 0;
            for (; next < children.size() && children.get(next).parentStep == i; next++, round++) {
                Track child = children.get(next);
                if (depth >= DEPTH_MAX) {
                    total += child.count;
                    truncated = true;
                } else {
                    int first = size;
                    flatten(child, track.place(i), depth + 1);
                    if (child.iteration < 0) {
                        number(first, track.place(i), round);
                    }
                }
            }
        }
    }

    private void add(Track track, int step, int parent, int iteration) {
        if (size == order.length) {
            order = Arrays.copyOf(order, size * 2);
            steps = Arrays.copyOf(steps, size * 6);
        }
        stillRan |= track.steps[step * Track.WIDTH + 3] == Track.UNFINISHED;
        order[size] = track;
        steps[3 * size] = step;
        steps[3 * size + 1] = parent;
        steps[3 * size + 2] = iteration;
        size++;
    }

    /** A track that was too deep or came too late has no place. */
    private int placeOf(Track track, int step) {
        int place = track.parent != null && track.places == null ? -1 : track.place(step);
        return place < size ? place : -1;
    }

    private void number(int first, int parent, int round) {
        for (int at = first; at < size; at++) {
            if (steps[3 * at + 1] == parent && steps[3 * at + 2] < 0) {
                steps[3 * at + 2] = round;
            }
        }
    }

    private void steps(Words words) {
        out.number(size);
        long before = 0;
        for (int place = 0; place < size; place++) {
            Track track = order[place];
            int step = steps[3 * place];
            int parent = steps[3 * place + 1];
            int iteration = steps[3 * place + 2];
            int base = step * Track.WIDTH;
            int[] from = track.steps;
            int redelivery = from[base + 1] >>> 16;
            String detail = track.detail(step);
            long start = from[base + 2] & 0xffffffffL;
            int duration = from[base + 3];
            boolean unfinished = duration == Track.UNFINISHED;
            out.u8(from[base] >>> 24 | (unfinished ? 4 : 0) | (iteration >= 0 ? 16 : 0)
                    | (redelivery > 0 ? 32 : 0) | (detail != null ? 64 : 0));
            out.number(from[base] & Track.NODE_MASK);
            out.number(parent < 0 ? 0 : place - parent);
            out.signed(start - before);
            before = start;
            out.number(unfinished ? 0 : duration & 0xffffffffL);
            if (iteration >= 0) {
                out.number(iteration);
            }
            if (redelivery > 0) {
                out.number(redelivery);
            }
            if (detail != null) {
                out.inline(detail);
            }
        }
    }

    /** Camel's own ids are a front that is the same for the process, and 16 hex digits that count. */
    private void exchangeId(Words words, String id) {
        int front = id.length() - 16;
        if (front > 0 && id.charAt(front - 1) == '-') {
            long count = 0;
            for (int i = front; i < id.length(); i++) {
                char c = id.charAt(i);
                int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
                if (digit < 0) {
                    front = 0;
                    break;
                }
                count = count << 4 | digit;
            }
            int entry = front == 0 ? -1 : front(words, id, front);
            if (entry >= 0) {
                out.number(entry + 1L);
                out.number(count);
                return;
            }
        }
        out.number(0);
        out.text(id);
    }

    private int front(Words words, String id, int length) {
        if (knownFront == null || knownFront.length() != length || !id.startsWith(knownFront)) {
            knownFront = id.substring(0, length);
            knownEntry = words.entry(knownFront);
        }
        return knownEntry;
    }

    private void error(Words words, RootTrack root, Throwable error) {
        if (error == null) {
            out.u8(0);
            return;
        }
        out.u8(1);
        int part = out.beginPart();
        boolean known = root.error != null && Errors.leadsTo(error, root.error);
        Track track = known ? root.errorTrack : null;
        out.number(known ? root.errorNode.number : 0);
        out.number(track == null ? 0 : placeOf(track, root.errorStep) + 1);
        List<Throwable> causes = new ArrayList<>();
        for (Throwable at = error; at != null && causes.size() < CAUSES_MAX && !causes.contains(at);
                at = at.getCause()) {
            causes.add(at);
        }
        out.number(causes.size());
        for (Throwable cause : causes) {
            out.word(words, cause.getClass().getName());
            String message = null;
            try {
                message = cause.getMessage();
            } catch (RuntimeException err) {
                message = null; // an exception whose text fails has none
            }
            out.inline(cut(message, MESSAGE_CHARS));
        }
        StackTraceElement[] frames = causes.get(causes.size() - 1).getStackTrace();
        StringBuilder stack = new StringBuilder();
        for (int i = 0; i < Math.min(frames.length, FRAMES_MAX); i++) {
            stack.append(frames[i]).append('\n');
        }
        out.word(words, cut(stack.toString(), 4000));
        out.endPart(part);
    }

    private static String cut(String text, int most) {
        return text == null || text.length() <= most ? text : text.substring(0, most);
    }

    private void attributes(Tracer tracer, RootTrack root, Exchange exchange) {
        List<String> found = new ArrayList<>();
        if (root.replayOf != null) {
            add(found, Replayed.ATTRIBUTE, root.replayOf);
        }
        if (root.start != null) {
            carried(found, tracer.settings, root, exchange);
        }
        out.number(found.size() / 2);
        for (int i = 0; i < found.size(); i += 2) {
            out.word(tracer.words, found.get(i));
            out.text(found.get(i + 1));
        }
    }

    private static void carried(List<String> found, Settings settings, RootTrack root, Exchange exchange) {
        String text = null;
        for (Map.Entry<String, String> rule : settings.attributes.entrySet()) {
            String from = rule.getValue();
            String value = null;
            if (from.startsWith("header:")) {
                String name = from.substring(7);
                value = settings.isMasked(name) ? null : simple(exchange.getMessage().getHeader(name));
                for (int i = 0; value == null && i < root.start.headers.length; i += 2) {
                    if (name.equalsIgnoreCase((String) root.start.headers[i]) && !settings.isMasked(name)) {
                        value = simple(root.start.headers[i + 1]);
                    }
                }
            } else if (from.startsWith("jsonpath:")) {
                text = text == null ? text(root.start, settings.payloadCap) : text;
                value = JsonPath.find(text, from.substring(9));
            }
            add(found, rule.getKey(), value);
        }
        for (int i = 0; i < root.start.headers.length; i += 2) {
            named(found, settings, (String) root.start.headers[i], root.start.headers[i + 1]);
        }
        if (exchange.getMessage().hasHeaders()) {
            for (Map.Entry<String, Object> header : exchange.getMessage().getHeaders().entrySet()) {
                named(found, settings, header.getKey(), header.getValue());
            }
        }
    }

    private static void named(List<String> found, Settings settings, String name, Object value) {
        if ((name.endsWith("Id") || name.endsWith("Number") || name.endsWith("Key"))
                && !name.startsWith("Camel") && !name.equals("breadcrumbId") && !settings.isMasked(name)) {
            add(found, name, simple(value));
        }
    }

    private static void add(List<String> found, String name, String value) {
        if (value == null || value.isEmpty() || found.size() >= 2 * ATTRIBUTES_MAX || name.length() > 128) {
            return;
        }
        for (int i = 0; i < found.size(); i += 2) {
            if (found.get(i).equals(name)) {
                return; // what came first was there at the start
            }
        }
        found.add(name);
        found.add(cut(value, ATTRIBUTE_CHARS));
    }

    private static String simple(Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean
                || value instanceof java.util.UUID ? value.toString() : null;
    }

    private static String text(Snapshot start, int cap) {
        if (start.body instanceof StreamCache) {
            try {
                start.body = Snapshot.read((StreamCache) start.body, cap); // a copy can be read once
            } catch (java.io.IOException err) {
                start.kind = Snapshot.ERROR;
                start.body = null;
            }
        }
        if (start.body instanceof String) {
            return (String) start.body;
        }
        return start.body instanceof byte[]
                ? new String((byte[]) start.body, java.nio.charset.StandardCharsets.UTF_8) : "";
    }

    private void payloads(Tracer tracer, RootTrack root, boolean wanted) {
        Snapshot start = wanted ? root.start : null;
        Snapshot failure = wanted ? root.failure : null;
        List<Snapshot> all = new ArrayList<>(2);
        if (start != null) {
            all.add(start);
        }
        if (failure != null) {
            all.add(failure);
        }
        long room = REPLIES_BYTES;
        for (Snapshot reply : wanted ? root.replies() : List.<Snapshot>of()) {
            room -= Math.min(reply.size, tracer.settings.payloadCap);
            // One whose step found no place would be taken for that of the whole message.
            if (room >= 0 && placeOf(reply.track, reply.step) >= 0) {
                all.add(reply);
            }
        }
        out.number(all.size());
        for (Snapshot snapshot : all) {
            int part = out.beginPart();
            payload(tracer, snapshot);
            out.endPart(part);
        }
    }

    private void payload(Tracer tracer, Snapshot snapshot) {
        Track track = snapshot.track;
        int step = snapshot.step;
        out.u8(snapshot.point);
        out.number(track == null ? 0 : placeOf(track, step) + 1);
        out.word(tracer.words, snapshot.bodyClass);
        out.word(tracer.words, cut(snapshot.contentType, 128));
        body(snapshot, tracer.settings.payloadCap);
        out.number(snapshot.headersTotal);
        int count = snapshot.headers.length / 2;
        int budget = out.size() + HEADERS_BYTES;
        Buffer list = new Buffer(256);
        int written = 0;
        for (int i = 0; i < count && out.size() + list.size() < budget; i++, written++) {
            String name = (String) snapshot.headers[2 * i];
            if (name.length() > 64) {
                list.inline(cut(name, 256));
            } else {
                list.word(tracer.words, name);
            }
            header(list, tracer.words, tracer.settings.isMasked(name), snapshot.headers[2 * i + 1]);
        }
        out.number(written);
        out.raw(list.array(), 0, list.size());
        out.number(snapshot.kind >= Snapshot.STREAM ? snapshot.size : 0);
    }

    private void body(Snapshot snapshot, int cap) {
        byte[] bytes = null;
        int flags = 0;
        int kind = snapshot.kind;
        boolean cut = snapshot.truncated;
        try {
            if (kind == Snapshot.TEXT || kind == Snapshot.VIEW) {
                flags = kind == Snapshot.TEXT ? 1 : 3;
                String text = (String) snapshot.body;
                bytes = text.substring(0, Math.min(text.length(), cap + 1))
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
                cut |= text.length() > cap;
            } else if (kind == Snapshot.BYTES) {
                Object body = snapshot.body;
                bytes = body instanceof StreamCache ? Snapshot.read((StreamCache) body, cap) : (byte[]) body;
                cut |= snapshot.size > cap;
            }
        } catch (Exception err) {
            kind = Snapshot.ERROR;
        }
        if (kind == Snapshot.NONE) {
            out.u8(0);
            return;
        }
        if (kind >= Snapshot.STREAM) {
            out.u8(2);
            out.u8(kind - Snapshot.STREAM + 1);
            return;
        }
        int length = bytes.length;
        if (length > cap) {
            cut = true;
            length = cap;
            while (flags != 0 && length > 0 && (bytes[length] & 0xc0) == 0x80) {
                length--; // at the border of a character
            }
        }
        CRC32C hash = new CRC32C();
        hash.update(bytes, 0, length);
        for (int shift = 0; shift < 64; shift += 8) {
            hash.update((int) (snapshot.size >>> shift));
        }
        out.u8(1);
        out.u8(flags | (cut ? 4 : 0));
        out.number(snapshot.size);
        out.u32((int) hash.getValue());
        out.blob(bytes, length);
    }

    private static void header(Buffer out, Words words, boolean masked, Object value) {
        if (masked) {
            out.u8(7);
        } else if (value == null) {
            out.u8(0);
        } else if (value instanceof String || value instanceof Enum || value instanceof java.util.UUID
                || value instanceof Character || value instanceof java.net.URI || value instanceof Locale) {
            String text = value.toString();
            out.u8(text.length() > HEADER_CHARS ? 0x81 : 1);
            out.text(cut(text, HEADER_CHARS));
        } else if (value instanceof Long || value instanceof Integer || value instanceof Short
                || value instanceof Byte) {
            out.u8(2);
            out.signed(((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            out.u8(3);
            out.u64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
        } else if (value instanceof Boolean) {
            out.u8(4);
            out.u8((Boolean) value ? 1 : 0);
        } else if (value instanceof byte[]) {
            byte[] bytes = (byte[]) value;
            out.u8(bytes.length >= 4096 ? 0x85 : 5);
            out.blob(bytes, bytes.length);
        } else if (value instanceof Date) {
            out.u8(6);
            out.signed(((Date) value).getTime() * 1000);
        } else if (value instanceof java.time.Instant) {
            java.time.Instant instant = (java.time.Instant) value;
            out.u8(6);
            out.signed(instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000);
        } else {
            out.u8(8);
            out.word(words, value.getClass().getName());
        }
    }
}
