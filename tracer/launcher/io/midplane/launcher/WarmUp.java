package io.midplane.launcher;

import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;

import org.slf4j.LoggerFactory;

/**
 * One request to ourselves before the gate, so that the first one after it finds the server's classes loaded.
 *
 * <p>It goes to a server of its own on loopback and a port of the kernel's choice, closed again at once; no route
 * of the integration sees it. Nothing depends on it: what goes wrong here costs some milliseconds at go.
 */
final class WarmUp {
    /** Takes 20 to 80 ms; a machine on which it takes this long is busy with something better. */
    private static final int LIMIT_MS = 1000;
    private static final String REQUEST = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 2\r\nConnection: close\r\n\r\n{}";

    private WarmUp() { }

    static void run(Vertx vertx, String host) {
        Router router = Router.router(vertx);
        router.route("/*").handler(BodyHandler.create(false)).handler(request ->
                vertx.executeBlocking(() -> "{}", false).onComplete(done -> request.response().end(done.result())));
        HttpServer server = vertx.createHttpServer().requestHandler(router);
        try {
            server.listen(0, host).toCompletionStage().toCompletableFuture().get(LIMIT_MS, TimeUnit.MILLISECONDS);
            try (Socket socket = new Socket(host, server.actualPort())) {
                socket.setSoTimeout(LIMIT_MS);
                socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
                InputStream answer = socket.getInputStream();
                while (answer.read() >= 0) {
                    continue;
                }
            }
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        } catch (Exception err) {
            LoggerFactory.getLogger("midplane").debug("not warmed up", err);
        } finally {
            server.close();
        }
    }
}
