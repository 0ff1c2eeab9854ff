package io.sparkinversion.dataset.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** The end of the Spark task that this thread runs. */
public final class TaskEnd {
    private TaskEnd() {}

    /** Whoever reads rows need not read them to the end: what they come from is closed with the task. */
    public static void closes(Closeable source) {
        TaskCompletionListener closing = context -> {
            try {
                source.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        TaskContext.get().addTaskCompletionListener(closing);
    }
}
