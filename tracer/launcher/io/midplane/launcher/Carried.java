package io.midplane.launcher;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Map;
import java.util.TreeMap;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.StreamCache;

import io.midplane.launcher.log.JsonLine;

/**
 * What an exchange carried when it ended, to be compared with how its original ended.
 *
 * <p>Only what has a form as text: objects and streams that nobody cached are left out. The runner masks it before it leaves the
 * machine.
 *
 * @param body null when it is the reply as well, or none of text and bytes
 */
record Carried(String body, Map<String, String> headers) {
    /** As a reply: the rest is in the recorded message. */
    private static final int BODY_CHARS = 64 << 10;
    private static final int HEADERS_MAX = 128;
    private static final int VALUE_CHARS = 256;

    static Carried of(Exchange exchange, boolean isReply) {
        Message message = exchange.getMessage();
        Map<String, String> headers = new TreeMap<>();
        message.getHeaders().forEach((name, value) -> {
            if (headers.size() < HEADERS_MAX && (value instanceof String || value instanceof Number
                    || value instanceof Boolean || value instanceof Date)) {
                headers.put(name, value instanceof Date date ? date.toInstant().toString() : value.toString());
            }
        });
        return new Carried(isReply ? null : text(message), headers);
    }

    private static String text(Message message) {
        Object body = message.getBody();
        try {
            if (body instanceof byte[] bytes) {
                return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
            }
            return body instanceof String || body instanceof StreamCache ? message.getBody(String.class) : null;
        } catch (CharacterCodingException | RuntimeException err) {
            return null;
        }
    }

    void write(JsonLine out) {
        out.raw(",\"result\":{\"body\":").string(body, BODY_CHARS).raw(",\"headers\":{");
        String separator = "";
        for (Map.Entry<String, String> header : headers.entrySet()) {
            out.raw(separator).string(header.getKey(), VALUE_CHARS).raw(":").string(header.getValue(), VALUE_CHARS);
            separator = ",";
        }
        out.raw("}}");
    }
}
