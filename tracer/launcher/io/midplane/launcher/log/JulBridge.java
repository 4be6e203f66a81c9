package io.midplane.launcher.log;

import java.text.MessageFormat;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Sends java.util.logging (the PostgreSQL driver, JAXB, the JDK itself) to {@link JsonLog}.
 * Named as {@code java.util.logging.config.class}: it costs nothing until somebody logs that way.
 */
public final class JulBridge {
    public JulBridge() {
        Logger root = LogManager.getLogManager().getLogger("");
        if (root == null) {
            root = Logger.getLogger("");
        }
        root.setLevel(Level.INFO);
        root.addHandler(new ToJson());
    }

    private static final class ToJson extends Handler {
        @Override
        public void publish(LogRecord record) {
            int level = levelOf(record.getLevel());
            String logger = record.getLoggerName() == null ? "java" : record.getLoggerName();
            if (level >= JsonLog.levelOf(logger)) {
                JsonLog.write(level, logger, text(record), record.getThrown());
            }
        }

        private static int levelOf(Level level) {
            int value = level.intValue();
            if (value >= Level.SEVERE.intValue()) {
                return JsonLog.Level.ERROR;
            }
            if (value >= Level.WARNING.intValue()) {
                return JsonLog.Level.WARN;
            }
            return value >= Level.INFO.intValue() ? JsonLog.Level.INFO : JsonLog.Level.DEBUG;
        }

        private static String text(LogRecord record) {
            String message = record.getMessage();
            Object[] parameters = record.getParameters();
            if (message == null || parameters == null || parameters.length == 0 || !message.contains("{")) {
                return message;
            }
            try {
                return MessageFormat.format(message, parameters);
            } catch (IllegalArgumentException err) {
                return message;
            }
        }

        @Override
        public void flush() { }

        @Override
        public void close() { }
    }
}
