package io.midplane.launcher.log;

import java.nio.charset.StandardCharsets;

/** Builds one JSON document as text. Small on purpose: a JSON library would cost start-up time. */
public final class JsonLine {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private static final long DAY_MS = 86_400_000L;

    private final StringBuilder out;

    public JsonLine(int capacity) {
        out = new StringBuilder(capacity);
    }

    public JsonLine raw(String text) {
        out.append(text);
        return this;
    }

    public JsonLine string(String text) {
        return string(text, Integer.MAX_VALUE);
    }

    /** Appends a JSON string of at most {@code limit} characters of {@code text}, or null. */
    public JsonLine string(String text, int limit) {
        if (text == null) {
            out.append("null");
            return this;
        }
        out.append('"');
        int end = Math.min(text.length(), limit);
        for (int i = 0; i < end; i++) {
            escape(text, i, end);
        }
        if (end < text.length()) {
            out.append("... (").append(text.length() - end).append(" more characters)");
        }
        out.append('"');
        return this;
    }

    private void escape(String text, int at, int end) {
        char c = text.charAt(at);
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029 || lone(text, at, end)) {
                    out.append("\\u").append(HEX[c >> 12]).append(HEX[(c >> 8) & 15])
                            .append(HEX[(c >> 4) & 15]).append(HEX[c & 15]);
                } else {
                    out.append(c);
                }
            }
        }
    }

    /** Half of a surrogate pair has no UTF-8 form and would become a question mark. */
    private static boolean lone(String text, int at, int end) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 >= end || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    /** Appends {@code 2026-01-01T12:00:00.123Z}, always with milliseconds. */
    public JsonLine time(long epochMillis) {
        long days = Math.floorDiv(epochMillis, DAY_MS);
        int millis = (int) Math.floorMod(epochMillis, DAY_MS);
        // Civil date from days since 1970 (Howard Hinnant's algorithm, eras of 400 years).
        long z = days + 719_468;
        long era = Math.floorDiv(z, 146_097L);
        long dayOfEra = z - era * 146_097;
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long shifted = (5 * dayOfYear + 2) / 153;
        long month = shifted < 10 ? shifted + 3 : shifted - 9;
        digits(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4).raw("-");
        digits(month, 2).raw("-").digits(dayOfYear - (153 * shifted + 2) / 5 + 1, 2).raw("T");
        digits(millis / 3_600_000, 2).raw(":").digits(millis / 60_000 % 60, 2).raw(":");
        return digits(millis / 1000 % 60, 2).raw(".").digits(millis % 1000, 3).raw("Z");
    }

    private JsonLine digits(long value, int width) {
        String text = Long.toString(value);
        for (int i = text.length(); i < width; i++) {
            out.append('0');
        }
        out.append(text);
        return this;
    }

    public byte[] bytes() {
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }
}
