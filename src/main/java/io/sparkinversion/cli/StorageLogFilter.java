package io.sparkinversion.cli;

import io.sparkinversion.output.StorageException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.filter.AbstractFilter;

/**
 * Drops Spark's and Hadoop's log lines about a full disk, which are pages of stack traces from every task, and all of
 * theirs in the ten seconds after one. The command ends with one line that says the same.
 */
final class StorageLogFilter extends AbstractFilter {
    private static final String LIBRARIES = "org.apache.";
    private static final long AFTERMATH_MILLIS = 10_000;

    private volatile long lastMillis;

    private StorageLogFilter() {
        super(Result.DENY, Result.NEUTRAL);
    }

    /** From now on, in this process. */
    static void install() {
        if (LogManager.getContext(false) instanceof LoggerContext context) {
            StorageLogFilter filter = new StorageLogFilter();
            filter.start();
            context.getConfiguration().getLoggers().values().forEach(logger -> logger.addFilter(filter));
            context.updateLoggers();
        }
    }

    @Override
    public Result filter(LogEvent event) {
        if (ofStorage(event)) {
            lastMillis = event.getTimeMillis();
            return onMatch;
        }
        boolean aftermath = event.getTimeMillis() - lastMillis < AFTERMATH_MILLIS
                && event.getLoggerName().startsWith(LIBRARIES);
        return aftermath ? onMatch : onMismatch;
    }

    private static boolean ofStorage(LogEvent event) {
        return StorageException.reason(event.getThrown()) != null
                || StorageException.reason(new Exception(event.getMessage().getFormattedMessage())) != null;
    }
}
