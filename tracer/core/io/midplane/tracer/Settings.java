package io.midplane.tracer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What to capture: one snapshot, replaced as a whole when the runner sends another. */
final class Settings {
    static final int OFF = 0;
    static final int TIMINGS = 1;
    static final int HEADERS = 2;
    static final int BODIES = 3;
    /** The most of a body that is ever kept, and the default. */
    static final int PAYLOAD_CAP = 64 << 10;
    /** A file of settings larger than a frame is not one of ours. */
    private static final int TEXT_MAX = 1 << 20;
    /** Names come from the messages: they must not fill the memory. */
    private static final int NAMES_MAX = 4096;
    private static final String[] SECRET = {"authorization", "cookie", "password", "passwd", "secret", "token",
        "apikey", "api-key", "api_key", "accesskey", "access-key", "credential", "private-key", "privatekey"};

    long revision;
    int level = BODIES;
    double rate = 1;
    int payloadCap = PAYLOAD_CAP;
    long slowUs = Long.MAX_VALUE;
    boolean propagate = true;
    double governorPercent = 3;
    final List<String> masks = new ArrayList<>();
    final Map<String, String> attributes = new LinkedHashMap<>();
    final Map<String, Integer> routeLevels = new LinkedHashMap<>();
    final Map<String, Double> routeRates = new LinkedHashMap<>();
    final Map<String, Long> routeSlow = new LinkedHashMap<>();
    private final ConcurrentHashMap<String, Boolean> masked = new ConcurrentHashMap<>();

    static Settings read(String file) {
        try {
            if (file != null && Files.size(Path.of(file)) <= TEXT_MAX) {
                return parse(Files.readString(Path.of(file), StandardCharsets.UTF_8));
            }
        } catch (Exception err) {
            return new Settings(); // there was no runner yet that wrote it
        }
        return new Settings();
    }

    static Settings parse(String text) {
        Settings settings = new Settings();
        for (String line : text.split("\n")) {
            int at = line.indexOf('=');
            if (at > 0) {
                try {
                    settings.set(line.substring(0, at), line.substring(at + 1).trim());
                } catch (NumberFormatException err) {
                    continue; // it keeps its default
                }
            }
        }
        return settings;
    }

    private void set(String key, String value) {
        switch (key) {
            case "rev": revision = Long.parseUnsignedLong(value); break;
            case "level": level = level(value, level); break;
            case "rate": rate = share(value); break;
            case "payload.cap":
                payloadCap = (int) Math.max(0, Math.min(PAYLOAD_CAP, Long.parseLong(value)));
                break;
            case "slow.us": slowUs = Long.parseUnsignedLong(value); break;
            case "propagate": propagate = Boolean.parseBoolean(value); break;
            case "governor.percent": governorPercent = Double.parseDouble(value); break;
            case "mask": masks.add(unescape(value).toLowerCase(Locale.ROOT)); break;
            default: named(key, value);
        }
    }

    private void named(String key, String text) {
        int at = text.indexOf('=');
        if (at < 1) {
            return;
        }
        String name = unescape(text.substring(0, at));
        String value = text.substring(at + 1);
        switch (key) {
            case "attribute": attributes.put(name, unescape(value)); break;
            case "route.level": routeLevels.put(name, level(value, level)); break;
            case "route.rate": routeRates.put(name, share(value)); break;
            case "route.slow.us": routeSlow.put(name, Long.parseUnsignedLong(value)); break;
            default: // of a newer runner
        }
    }

    private static int level(String word, int otherwise) {
        switch (word) {
            case "off": return OFF;
            case "timings": return TIMINGS;
            case "headers": return HEADERS;
            case "bodies": return BODIES;
            default: return otherwise;
        }
    }

    private static double share(String text) {
        double share = Double.parseDouble(text);
        if (!(share >= 0 && share <= 1)) {
            throw new NumberFormatException(text);
        }
        return share;
    }

    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                c = text.charAt(++i);
                c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'e' ? '=' : c;
            }
            out.append(c);
        }
        return out.toString();
    }

    /** Whether the value of this header must not leave the JVM. */
    boolean isMasked(String name) {
        Boolean known = masked.get(name);
        if (known == null) {
            known = matches(name.toLowerCase(Locale.ROOT));
            if (masked.size() < NAMES_MAX) {
                masked.put(name, known);
            }
        }
        return known;
    }

    private boolean matches(String name) {
        for (String secret : SECRET) {
            if (name.contains(secret)) {
                return true;
            }
        }
        for (String mask : masks) {
            boolean front = mask.startsWith("*");
            boolean back = mask.endsWith("*") && mask.length() > 1;
            String core = mask.substring(front ? 1 : 0, mask.length() - (back ? 1 : 0));
            boolean hit = front && back ? name.contains(core)
                    : front ? name.endsWith(core) : back ? name.startsWith(core) : name.equals(core);
            if (hit) {
                return true;
            }
        }
        return false;
    }
}
