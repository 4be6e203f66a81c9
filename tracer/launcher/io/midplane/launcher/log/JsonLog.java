package io.midplane.launcher.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where every log line of the workload goes: one JSON object per entry, its stack trace inside.
 *
 * <p>Set up once, before Camel's first class is loaded. Levels are fixed at start: the level of the
 * launch file for all, and {@code logging.level.<logger>} of the properties for a logger and those
 * under it.
 */
public final class JsonLog {
    /** Longer than any sane message, short enough that one logged body cannot roll all files. */
    private static final int MESSAGE_CHARS = 256 << 10;
    private static final int STACK_CHARS = 64 << 10;
    private static final String[] CONTEXT = {"message_id", "exchange", "route", "node"};
    private static final String LEVEL_PREFIX = "logging.level.";

    private static RollingFile file;
    private static volatile Function<String, String[]> context;
    private static int rootLevel = Level.INFO;
    private static final TreeMap<String, Integer> LEVELS = new TreeMap<>();

    /** Numbers of SLF4J's levels, as plain ints so that a disabled call costs one comparison. */
    static final class Level {
        static final int TRACE = 0;
        static final int DEBUG = 10;
        static final int INFO = 20;
        static final int WARN = 30;
        static final int ERROR = 40;
        static final int OFF = 50;

        static int parse(String text, int otherwise) {
            return switch (text.trim().toUpperCase(java.util.Locale.ROOT)) {
                case "TRACE", "ALL" -> TRACE;
                case "DEBUG" -> DEBUG;
                case "INFO" -> INFO;
                case "WARN", "WARNING" -> WARN;
                case "ERROR", "FATAL" -> ERROR;
                case "OFF" -> OFF;
                default -> otherwise;
            };
        }

        static String name(int level) {
            return switch (level) {
                case TRACE -> "TRACE";
                case DEBUG -> "DEBUG";
                case INFO -> "INFO";
                case WARN -> "WARN";
                default -> "ERROR";
            };
        }
    }

    private JsonLog() { }

    /** Opens the file and makes SLF4J, java.util.logging and Vert.x log to it. */
    public static void start(Path path, long maxBytes, int files, String level, Map<String, String> properties) {
        rootLevel = Level.parse(level, Level.INFO);
        properties.forEach((key, value) -> {
            if (key.startsWith(LEVEL_PREFIX)) {
                String logger = key.substring(LEVEL_PREFIX.length());
                int parsed = Level.parse(value, rootLevel);
                if (logger.equalsIgnoreCase("root")) {
                    rootLevel = parsed;
                } else {
                    LEVELS.put(logger, parsed);
                }
            }
        });
        file = new RollingFile(path, maxBytes, files);
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty("slf4j.provider", JsonLogProvider.class.getName());
        System.setProperty("java.util.logging.config.class", JulBridge.class.getName());
        System.setProperty("vertx.logger-delegate-factory-class-name",
                "io.vertx.core.logging.SLF4JLogDelegateFactory");
    }

    /**
     * Who knows the message that a line is of, by the thread or by the line's text: message id, exchange id, route and node, or null for
     * none. The tracer calls this by name when it is there.
     */
    public static void context(Function<String, String[]> of) {
        context = of;
    }

    static int levelOf(String logger) {
        String name = logger;
        while (!LEVELS.isEmpty()) {
            Integer level = LEVELS.get(name);
            if (level != null) {
                return level;
            }
            int dot = name.lastIndexOf('.');
            if (dot < 0) {
                break;
            }
            name = name.substring(0, dot);
        }
        return rootLevel;
    }

    static void write(int level, String logger, String message, Throwable thrown) {
        JsonLine line = new JsonLine(256);
        line.raw("{\"time\":\"").time(System.currentTimeMillis());
        line.raw("\",\"level\":\"").raw(Level.name(level)).raw("\",\"logger\":").string(logger);
        line.raw(",\"thread\":").string(Thread.currentThread().getName());
        line.raw(",\"message\":").string(message == null ? "null" : message, MESSAGE_CHARS);
        context(line, message);
        if (thrown != null) {
            line.raw(",\"stack\":").string(stack(thrown), STACK_CHARS);
        }
        line.raw("}\n");
        RollingFile to = file;
        if (to == null) {
            System.err.write(line.bytes(), 0, line.bytes().length);
        } else {
            to.append(line.bytes());
        }
    }

    private static void context(JsonLine line, String message) {
        Function<String, String[]> of = context;
        String[] fields = of == null ? null : of.apply(message);
        for (int i = 0; fields != null && i < CONTEXT.length; i++) {
            if (fields[i] != null) {
                line.raw(",\"").raw(CONTEXT[i]).raw("\":").string(fields[i]);
            }
        }
    }

    private static String stack(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
