package io.midplane.tracer;

import java.util.Collection;
import java.util.Map;

/** Renders maps and lists as JSON for people to look at, within a number of characters and levels. */
final class JsonView {
    /** Deeper structures are rare and often lead back to themselves. */
    private static final int DEPTH_MAX = 16;

    private final StringBuilder out = new StringBuilder();
    private final int most;

    JsonView(int most) {
        this.most = most;
    }

    boolean isFull() {
        return out.length() >= most;
    }

    String text() {
        return isFull() ? out.substring(0, most) : out.toString();
    }

    void write(Object value) {
        try {
            write(value, 0);
        } catch (RuntimeException err) {
            out.append("..."); // somebody else changes it, or its toString fails
        }
    }

    private void write(Object value, int depth) {
        if (isFull()) {
            return;
        }
        if (value == null || value instanceof Boolean || value instanceof Number) {
            out.append(value);
        } else if (value instanceof CharSequence || value instanceof Enum || value instanceof Character
                || value instanceof java.util.UUID || value instanceof java.time.temporal.Temporal
                || value instanceof java.util.Date) {
            string(value.toString());
        } else if (depth >= DEPTH_MAX) {
            out.append("\"...\"");
        } else if (value instanceof Map) {
            map((Map<?, ?>) value, depth);
        } else if (value instanceof Collection) {
            list(((Collection<?>) value).toArray(), depth);
        } else if (value instanceof Object[]) {
            list((Object[]) value, depth);
        } else {
            string("(" + value.getClass().getName() + ")");
        }
    }

    private void map(Map<?, ?> map, int depth) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (isFull()) {
                return;
            }
            out.append(comma);
            string(String.valueOf(entry.getKey()));
            out.append(':');
            write(entry.getValue(), depth + 1);
            comma = ",";
        }
        out.append('}');
    }

    private void list(Object[] values, int depth) {
        out.append('[');
        for (int i = 0; i < values.length && !isFull(); i++) {
            if (i > 0) {
                out.append(',');
            }
            write(values[i], depth + 1);
        }
        out.append(']');
    }

    private void string(String text) {
        out.append('"');
        int end = Math.min(text.length(), Math.max(0, most - out.length()) + 1);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
