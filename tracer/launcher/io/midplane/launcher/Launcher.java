package io.midplane.launcher;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

import org.slf4j.LoggerFactory;

import io.midplane.launcher.log.JsonLog;

/**
 * Runs one integration in this JVM, in two steps: check, then go.
 *
 * <p>{@code starting -> checked -> (go) -> ready -> stopped}, or {@code failed} with the cause. The
 * context is built and warmed up with no consumer started and no port bound; that is the check.
 * {@code stopped} means that its routes have stopped and its port is free; the process ends a moment later.
 * The status file and the go file are the whole conversation, because the runner may die at any
 * time and another one takes over.
 *
 * <p>Exit codes: 0 stopped, 3 failed (the status says why), 2 not even a launch file.
 */
public final class Launcher {
    private static final int FAILED = 3;
    private static final int UNUSABLE = 2;

    private Launcher() { }

    public static void main(String[] args) {
        Settings settings;
        try {
            settings = Settings.read(Path.of(args[0]));
        } catch (Exception err) {
            System.err.println("midplane launcher: " + err);
            Runtime.getRuntime().halt(UNUSABLE);
            return;
        }
        Settings.Log log = settings.log();
        JsonLog.start(log.file(), log.maxBytes(), log.files(), log.level(), settings.properties());
        Status status = new Status(settings.status());
        status.starting();
        System.exit(run(settings, status));
    }

    private static int run(Settings settings, Status status) {
        Workload workload = null;
        Handover handover = null;
        try {
            ClassLoader loader = loader(settings);
            Thread.currentThread().setContextClassLoader(loader);
            if (settings.train()) {
                Training.run(loader);
            }
            HttpServer server = settings.port() == null ? null : new HttpServer(settings.host(), settings.port());
            Gate gate = new Gate(settings, status, server);
            workload = new Workload(settings, loader, gate, status);
            handover = new Handover(workload, gate, server, status, settings.shutdownSeconds());
            Runtime.getRuntime().addShutdownHook(new Thread(handover, "stop"));
            int code = workload.runUntilStopped();
            status.stopped();
            return code;
        } catch (Throwable err) {
            if (Gate.Stopped.isIn(err)) {
                status.stopped();
                return 0;
            }
            Failure failure = Failure.of(err, settings.bundle(), workload == null ? null : workload.context());
            LoggerFactory.getLogger("midplane").error("start failed: {}", failure.message(), err);
            status.failed(failure);
            // Half-started services have threads and shutdown hooks of their own, which may wait.
            Runtime.getRuntime().halt(FAILED);
            return FAILED;
        } finally {
            if (handover != null) {
                handover.ended();
            }
        }
    }

    /** The bundle is on the class path of Camel, but not on {@code -cp}: a folder there voids the archive. */
    private static ClassLoader loader(Settings settings) throws MalformedURLException {
        URL[] bundle = {settings.bundle().toUri().toURL()};
        return new URLClassLoader("bundle", bundle, Launcher.class.getClassLoader());
    }
}
