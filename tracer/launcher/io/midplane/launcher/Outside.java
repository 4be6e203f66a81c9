package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.apache.camel.Exchange;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

import io.midplane.launcher.log.JsonLine;

/**
 * Asks the runner to ask: the sandbox itself reaches nothing, also what somebody allowed.
 *
 * <pre>answers/ID.ask.N -> the runner does it -> orders/ID.reply.N</pre>
 *
 * <p>The runner decides what it really asks: reads over HTTP, of steps that were named.
 */
final class Outside {
    /** The runner gives a call ten seconds. */
    private static final long PATIENCE_MS = 15_000;
    private static final long LOOK_MS = 5;

    private final Path orders;
    private final Path answers;
    private final String id;
    private int count;

    Outside(Path orders, Path answers, String id) {
        this.orders = orders;
        this.answers = answers;
        this.id = id;
    }

    synchronized DryRun.Reply ask(String uri, Exchange exchange) throws Exception {
        int number = count++;
        Files.createDirectories(answers);
        Durable.write(answers.resolve(id + ".ask." + number), question(uri, exchange));
        Path reply = orders.resolve(id + ".reply." + number);
        long end = System.currentTimeMillis() + PATIENCE_MS;
        while (!Files.exists(reply)) {
            if (System.currentTimeMillis() > end) {
                throw new IOException("the runner did not ask `" + StubResolver.Address.of(uri) + "` in time");
            }
            Thread.sleep(LOOK_MS);
        }
        try {
            JsonObject json = (JsonObject) Jsoner.deserialize(Files.readString(reply));
            String refused = json.getString("refused");
            if (refused != null) {
                throw new IOException(refused);
            }
            return new DryRun.Reply(0, "really asked", Order.body(json), Order.headers(json), false, false, true);
        } catch (DeserializationException | ClassCastException err) {
            throw new IOException("`" + reply + "` is not what a runner writes", err);
        }
    }

    private static byte[] question(String uri, Exchange exchange) {
        JsonLine out = new JsonLine(512);
        out.raw("{\"format\":1,\"uri\":").string(uri).raw(",\"headers\":{");
        String separator = "";
        Map<String, Object> headers = exchange == null ? Map.of() : exchange.getMessage().getHeaders();
        for (Map.Entry<String, Object> header : headers.entrySet()) {
            if (header.getValue() instanceof String || header.getValue() instanceof Number
                    || header.getValue() instanceof Enum) {
                out.raw(separator).string(header.getKey()).raw(":").string(header.getValue().toString());
                separator = ",";
            }
        }
        boolean hasBody = exchange != null && exchange.getMessage().getBody() != null;
        return out.raw("},\"has_body\":").raw(Boolean.toString(hasBody)).raw("}\n").bytes();
    }
}
