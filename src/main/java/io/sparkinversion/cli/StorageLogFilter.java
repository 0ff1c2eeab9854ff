package io.sparkinversion.cli;

import io.sparkinversion.output.StorageException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.filter.AbstractFilter;

/**
 * Spark tells of a full disk with pages of stack traces, from each task that meets it, and for some seconds of what it
 * gives up therefore. The command ends with one line that says the same; all other failures are logged as ever.
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
