package io.midplane.launcher;

import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;

import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;

/**
 * One message to deliver, as the runner writes it.
 *
 * @param route    deliver at the start of this route, or null
 * @param endpoint send to this endpoint as a new message, or null
 * @param replayOf the id of the message it repeats, or null
 * @param body     String, byte[] or null
 * @param wantsReply whether the caller waits for what the route answers
 * @param replies    in a sandbox: what stubs answer
 */
record Order(String route, String endpoint, String replayOf, long beginBeforeMs, Object body,
             Map<String, Object> headers, boolean wantsReply, JsonArray replies) {

    static Order of(JsonObject json) {
        JsonArray replies = json.getCollection("replies");
        return new Order(json.getString("route"), json.getString("endpoint"), json.getString("replay_of"),
                json.getLongOrDefault("begin_before_ms", 0), body(json), headers(json),
                json.getBooleanOrDefault("wants_reply", false), replies);
    }

    static Object body(JsonObject json) {
        String base64 = json.getString("body_base64");
        return base64 == null ? json.getString("body") : Base64.getDecoder().decode(base64);
    }

    static Map<String, Object> headers(JsonObject json) {
        Map<String, Object> headers = new LinkedHashMap<>();
        JsonArray given = json.getCollection("headers");
        if (given != null) {
            for (Object one : given) {
                JsonObject header = (JsonObject) one;
                headers.put(header.getString("name"), value(header.getString("kind"), header.getString("value")));
            }
        }
        return headers;
    }

    /** The types that are recorded of headers; anything else was left out before. */
    private static Object value(String kind, String text) {
        if (text == null || kind == null) {
            return text;
        }
        return switch (kind) {
            case "long" -> narrowed(Long.parseLong(text));
            case "double" -> Double.valueOf(text);
            case "bool" -> Boolean.valueOf(text);
            case "bytes" -> Base64.getDecoder().decode(text);
            case "instant" -> new Date(Long.parseLong(text));
            case "null" -> null;
            default -> text;
        };
    }

    /** Camel's own numbers are ints where they fit: CamelHttpResponseCode, CamelSqlRowCount. */
    private static Object narrowed(long number) {
        return number == (int) number ? (Object) (int) number : (Object) number;
    }
}
