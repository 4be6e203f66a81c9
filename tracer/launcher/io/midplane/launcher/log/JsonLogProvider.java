package io.midplane.launcher.log;

import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** SLF4J's way to {@link JsonLog}. A logging framework here would cost a fifth of the start-up time. */
public final class JsonLogProvider implements SLF4JServiceProvider {
    private final ConcurrentHashMap<String, Logger> loggers = new ConcurrentHashMap<>();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter mdc = new BasicMDCAdapter();

    @Override
    public ILoggerFactory getLoggerFactory() {
        return name -> loggers.computeIfAbsent(name, JsonLogger::new);
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() { }

    private static final class JsonLogger extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1;
        private final int level;

        JsonLogger(String name) {
            this.name = name;
            this.level = JsonLog.levelOf(name);
        }

        @Override
        public boolean isTraceEnabled() {
            return level <= JsonLog.Level.TRACE;
        }

        @Override
        public boolean isDebugEnabled() {
            return level <= JsonLog.Level.DEBUG;
        }

        @Override
        public boolean isInfoEnabled() {
            return level <= JsonLog.Level.INFO;
        }

        @Override
        public boolean isWarnEnabled() {
            return level <= JsonLog.Level.WARN;
        }

        @Override
        public boolean isErrorEnabled() {
            return level <= JsonLog.Level.ERROR;
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
            String message = arguments == null ? pattern : MessageFormatter.basicArrayFormat(pattern, arguments);
            JsonLog.write(level.toInt(), name, message, thrown);
        }
    }
}
