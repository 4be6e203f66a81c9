package io.midplane.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.apache.camel.CamelContext;
import org.apache.camel.util.json.DeserializationException;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;
import org.slf4j.LoggerFactory;

/**
 * Messages that are to be delivered, each at most once.
 *
 * <pre>orders/ID.json -> answers/ID.taken (before the exchange is made) -> answers/ID.json</pre>
 *
 * <p>The runner decides from these three files alone. No {@code taken} and no process: it was never made. A
 * {@code taken} without an answer and no process: it was made and did not end. The deadline is looked at after the claim,
 * so a runner that sees no claim after the deadline knows that none will follow.
 */
final class Orders {
    private static final int FORMAT = 1;
    /** As many as an usual connection pool takes; a bulk replay must not be all that a workload does. */
    private static final int AT_ONCE = 4;
    /** The runner hands over fewer than this at a time. */
    private static final int WAITING = 256;
    /** Routes have stopped by then, so nothing is left but two writes. */
    private static final int FINISH_S = 2;

    private final CamelContext context;
    private final File orders;
    private final Path answers;
    private final Set<String> begun = new HashSet<>();
    /** Null outside of a sandbox. */
    private final Sandbox sandbox;
    private volatile ThreadPoolExecutor workers;

    Orders(CamelContext context, Path orders, Path answers, Sandbox sandbox) {
        this.sandbox = sandbox;
        this.context = context;
        this.orders = orders.toFile();
        this.answers = answers;
    }

    /** @return whether there is anything to do or being done */
    boolean look() throws IOException {
        String[] names = orders.list((folder, name) -> name.endsWith(".json"));
        if (names == null || names.length == 0 && begun.isEmpty()) {
            return false;
        }
        forgetAnswered(names);
        Arrays.sort(names); // ids sort by the time they were made
        for (String name : names) {
            String id = name.substring(0, name.length() - ".json".length());
            if (begun.size() < WAITING && begun.add(id)) {
                begin(id);
            }
        }
        return true;
    }

    /** The runner takes an order away once the answer is safe. */
    private void forgetAnswered(String[] names) throws IOException {
        Set<String> there = new HashSet<>(Arrays.asList(names));
        for (String id : begun.toArray(String[]::new)) {
            if (!there.contains(id + ".json") && Files.deleteIfExists(answers.resolve(id + ".json"))) {
                Files.deleteIfExists(answers.resolve(id + ".taken"));
                begun.remove(id);
            }
        }
    }

    /** Waits until what was begun has its answer on disk, for as long as is fair. */
    void finish() throws InterruptedException {
        ThreadPoolExecutor begunBy = workers;
        if (begunBy != null) {
            begunBy.shutdown();
            begunBy.awaitTermination(FINISH_S, TimeUnit.SECONDS);
        }
    }

    private void begin(String id) throws IOException {
        if (workers == null) {
            Files.createDirectories(answers);
            int atOnce = sandbox == null ? AT_ONCE : 1;
            workers = new ThreadPoolExecutor(atOnce, atOnce, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                    task -> {
                        Thread thread = new Thread(task, "midplane-deliver");
                        thread.setContextClassLoader(context.getApplicationContextClassLoader());
                        thread.setDaemon(true);
                        return thread;
                    });
            workers.allowCoreThreadTimeOut(true);
        }
        workers.execute(() -> deliver(id));
    }

    private void deliver(String id) {
        try {
            Order order = read(orders.toPath().resolve(id + ".json"));
            Durable.claim(answers.resolve(id + ".taken"));
            Answer answer;
            if (System.currentTimeMillis() > order.beginBeforeMs()) {
                answer = Answer.refused("late", "it could not be begun in time");
            } else {
                answer = sandbox == null ? new Delivery(context, order, null).run() : sandbox.run(context, order,
                        new Outside(orders.toPath(), answers, id));
            }
            Durable.write(answers.resolve(id + ".json"), answer.bytes());
        } catch (FileAlreadyExistsException err) {
            LoggerFactory.getLogger("midplane").warn("`{}` was taken before", id);
        } catch (Exception err) {
            // Without an answer the runner says what the files say.
            LoggerFactory.getLogger("midplane").warn("deliver `{}`", id, err);
        }
    }

    private static Order read(Path path) throws IOException {
        try {
            JsonObject json = (JsonObject) Jsoner.deserialize(Files.readString(path));
            if (json.getIntegerOrDefault("format", 0) != FORMAT) {
                throw new IOException("`" + path + "` has another format than " + FORMAT);
            }
            return Order.of(json);
        } catch (DeserializationException | ClassCastException err) {
            throw new IOException("`" + path + "` is not what a runner writes", err);
        }
    }
}
