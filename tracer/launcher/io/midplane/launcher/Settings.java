package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

/**
 * What the runner asks for: one {@code launch.json}, read once. Secrets are never in it; they arrive
 * as environment variables or as files whose paths stand in the properties.
 *
 * @param port  the loopback port of the HTTP server, or null when the integration serves nothing
 * @param control the folder of what the runner asks later, or null: it asks nothing
 * @param sandbox null but for dry runs
 * @param train   whether this is the training run of the class-data archive
 */
record Settings(Kind kind, String name, Path bundle, Path work, List<Path> routes,
                Map<String, String> properties, Integer port, String host, Path status, Path go,
                Path control, Sandbox sandbox, Log log, int shutdownSeconds, boolean train) {

    /** The format this launcher reads; a newer one is refused. */
    private static final int FORMAT = 1;

    enum Kind { MAIN, SPRING }

    /** @param files how many files there may be at once, the current one included */
    record Log(Path file, long maxBytes, int files, String level) { }

    static Settings read(Path path) throws IOException {
        JsonObject json;
        try {
            json = (JsonObject) Jsoner.deserialize(Files.readString(path));
        } catch (DeserializationException | ClassCastException err) {
            throw new IOException("`" + path + "` is not a JSON object", err);
        }
        int format = json.getIntegerOrDefault("format", 0);
        if (format != FORMAT) {
            throw new IOException("`" + path + "` has format " + format + "; this launcher reads " + FORMAT);
        }
        Path bundle = Path.of(need(json, "bundle"));
        List<Path> routes = new ArrayList<>();
        JsonArray names = json.getCollection("routes");
        if (names != null) {
            names.forEach(name -> routes.add(bundle.resolve(name.toString())));
        }
        Map<String, String> properties = new LinkedHashMap<>();
        JsonObject given = json.getMap("properties");
        if (given != null) {
            given.forEach((key, value) -> properties.put(key, String.valueOf(value)));
        }
        String host = json.getString("host");
        return new Settings(
                "spring".equals(json.getString("kind")) ? Kind.SPRING : Kind.MAIN,
                need(json, "name"), bundle, Path.of(need(json, "work")), routes, properties,
                json.getInteger("port"), host == null ? "127.0.0.1" : host,
                Path.of(need(json, "status")), Path.of(need(json, "go")), control(json), sandbox(json), log(json),
                json.getIntegerOrDefault("shutdown_s", 20), json.getBooleanOrDefault("train", false));
    }

    private static Path control(JsonObject json) {
        String control = json.getString("control");
        return control == null ? null : Path.of(control);
    }

    private static Sandbox sandbox(JsonObject json) {
        JsonArray local = json.getCollection("sandbox");
        if (local == null) {
            return null;
        }
        Set<String> schemes = new HashSet<>();
        local.forEach(scheme -> schemes.add(scheme.toString()));
        return new Sandbox(schemes);
    }

    private static Log log(JsonObject json) throws IOException {
        JsonObject log = json.getMap("log");
        if (log == null) {
            throw new IOException("`log` is missing");
        }
        String level = log.getString("level");
        return new Log(Path.of(need(log, "dir"), need(log, "file")),
                log.getLongOrDefault("max_bytes", 16L << 20), log.getIntegerOrDefault("files", 4),
                level == null ? "info" : level);
    }

    private static String need(JsonObject json, String key) throws IOException {
        String value = json.getString(key);
        if (value == null || value.isEmpty()) {
            throw new IOException("`" + key + "` is missing");
        }
        return value;
    }
}
