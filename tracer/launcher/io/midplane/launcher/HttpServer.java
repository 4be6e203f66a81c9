package io.midplane.launcher;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.main.DefaultMainHttpServerFactory;
import org.apache.camel.component.platform.http.main.MainHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServer;
import org.apache.camel.main.HttpServerConfigurationProperties;
import org.slf4j.LoggerFactory;

/**
 * Camel's own HTTP server (platform-http over Vert.x), bound by us and only at go.
 *
 * <p>What the user set under {@code camel.server.*} holds (body size, path, authentication, ...)
 * except where it listens: address and port are the runner's, and the address is loopback.
 */
final class HttpServer {
    /** Closing takes milliseconds; after this the stop goes on without it. */
    private static final long CLOSE_S = 2;
    /** A port that stays taken this long is somebody else's. */
    private static final long FREE_S = 1;

    private final String host;
    private final int port;
    /** The one that was made here; a user's own is the user's to close. */
    private Vertx ours;
    private HttpServerConfigurationProperties configuration = new HttpServerConfigurationProperties(null);

    HttpServer(String host, int port) throws IOException {
        if (!InetAddress.getByName(host).isLoopbackAddress()) {
            throw new IOException("the HTTP server may listen on loopback only, not on `" + host + "`");
        }
        this.host = host;
        this.port = port;
        // Vert.x would unpack resources of jars into a folder under /tmp, for nothing.
        System.setProperty("vertx.disableFileCPResolving", "true");
        System.setProperty("vertx.disableDnsResolver", "true");
    }

    /** Keeps Camel from starting servers by itself; afterwards {@link #configured} tells what they asked for. */
    static void forbidOthers() {
        System.setProperty("camel.server.enabled", "false");
        System.setProperty("camel.management.enabled", "false");
    }

    void configured(HttpServerConfigurationProperties given) {
        configuration = given;
    }

    /**
     * Everything that takes time and does not need the port: event loops, classes, buffers.
     *
     * @param wait whether there is time for a request to ourselves, because an earlier release still answers
     */
    void prepare(CamelContext context, boolean wait) {
        Vertx vertx = context.getRegistry().findSingleByType(Vertx.class);
        if (vertx == null) {
            VertxOptions options = context.getRegistry().findSingleByType(VertxOptions.class);
            vertx = Vertx.vertx(options == null ? new VertxOptions() : options);
            ours = vertx;
            context.getRegistry().bind("midplaneVertx", Vertx.class, vertx);
        }
        if (wait) {
            WarmUp.run(vertx, host);
        }
    }

    void bind(CamelContext context) throws Exception {
        // Vert.x reports a taken port only in its log, and Camel goes on without a server.
        awaitFree();
        configuration.setHost(host);
        configuration.setPort(port);
        DefaultMainHttpServerFactory factory = new DefaultMainHttpServerFactory();
        factory.setCamelContext(context);
        MainHttpServer server = (MainHttpServer) factory.newHttpServer(context, configuration);
        context.addService(server, true, true);
        LoggerFactory.getLogger("midplane").debug("HTTP server on {}:{}", host, port);
    }

    /** Frees the port at once; Camel closes the rest with its other services. */
    void release(CamelContext context) {
        VertxPlatformHttpServer bound = context.hasService(VertxPlatformHttpServer.class);
        if (bound == null || bound.getServer() == null) {
            return;
        }
        await(bound.getServer().close(), "close the port");
        try {
            awaitFree();
        } catch (IOException err) {
            LoggerFactory.getLogger("midplane").warn("close the port", err);
        }
    }

    /** A closed socket is given back by the next turn of its event loop, a moment after Vert.x calls it closed. */
    private void awaitFree() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FREE_S);
        while (true) {
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(host, port));
                return;
            } catch (BindException err) {
                if (System.nanoTime() > end) {
                    throw new PortInUse(host, port, err);
                }
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException err) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", err);
            }
        }
    }

    /** Ends the event loops, at the very end: the JVM waits 300 ms for threads that are in native code. */
    void close() {
        if (ours != null) {
            await(ours.close(), "close Vert.x");
        }
    }

    private static void await(Future<Void> closed, String doing) {
        try {
            closed.toCompletionStage().toCompletableFuture().get(CLOSE_S, TimeUnit.SECONDS);
        } catch (InterruptedException err) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException err) {
            LoggerFactory.getLogger("midplane").warn(doing, err);
        }
    }

    /** The port that the runner gave is taken. */
    static final class PortInUse extends IOException {
        private static final long serialVersionUID = 1;

        PortInUse(String host, int port, Exception cause) {
            super("the port " + host + ":" + port + " is in use", cause);
        }
    }
}
