import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An apparatus as small as it can be: it answers /socket/coupled with a client of its own making. A real one asks an identity provider
 * here. Start it with {@code HMAC_KEY=... java Apparatus.java [PORT]}; port 0 chooses a free one, which is printed.
 */
public final class Apparatus {
    private static final String KEY = System.getenv().getOrDefault("HMAC_KEY", "change-me-to-32-random-characters");
    private static final long OLDEST_SECONDS = 300;
    /** What was answered to an event. The same event comes again when an answer got lost, and must get the same. */
    private static final Map<String, String> ANSWERED = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3000;
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/socket", Apparatus::answer);
        server.start();
        System.out.println("listening on 127.0.0.1:" + server.getAddress().getPort());
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String action = exchange.getRequestURI().getPath().substring("/socket/".length());
            if (action.equals("ping")) {
                send(exchange, 200, "{}");
            } else if (!isSigned(exchange, action, body)) {
                send(exchange, 401, "{\"message\":\"the signature is not right\"}");
            } else {
                String event = exchange.getRequestHeaders().getFirst("X-Integration-Event-Id");
                send(exchange, 200, ANSWERED.computeIfAbsent(event, unseen -> act(action)));
            }
        }
    }

    /** Here a client would be made, changed or removed. */
    private static String act(String action) {
        return switch (action) {
            case "coupled", "updated" -> "{\"result\":{\"clientId\":\"shop\",\"clientSecret\":\"example\"}}";
            default -> "{}";
        };
    }

    private static boolean isSigned(HttpExchange exchange, String action, byte[] body) {
        String given = exchange.getRequestHeaders().getFirst("X-Integration-Signature");
        String event = exchange.getRequestHeaders().getFirst("X-Integration-Event-Id");
        if (given == null || event == null || !given.matches("t=\\d{1,12},v1=[0-9a-f]{64}")) {
            return false;
        }
        String time = given.substring(2, given.indexOf(','));
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(time)) > OLDEST_SECONDS) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((time + "." + event + "." + action + ".").getBytes(StandardCharsets.UTF_8));
            byte[] right = mac.doFinal(body);
            return MessageDigest.isEqual(right, HexFormat.of().parseHex(given.substring(given.indexOf("v1=") + 3)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
