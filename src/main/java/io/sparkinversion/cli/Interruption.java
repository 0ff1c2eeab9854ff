package io.sparkinversion.cli;

import io.sparkinversion.job.RunInterrupted;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * Ctrl-C and {@code kill}. Left to itself, Spark stops at once beneath the command and its tasks, and each of them prints
 * pages about what it misses then. Here the command is interrupted first and closes what it has opened, Spark included;
 * of the process's end one line tells.
 */
final class Interruption {
    /** Spark stops itself in a hook of 40; higher ones run before. */
    private static final int BEFORE_SPARK = 60;
    /** Waves are committed meanwhile; Hadoop ends hooks that take half a minute. */
    private static final int LONGEST_WAIT_SECONDS = 25;

    private static final CountDownLatch ENDED = new CountDownLatch(1);
    private static volatile Thread command;
    private static volatile boolean happened;
    private static volatile String message = RunInterrupted.MESSAGE;

    private Interruption() {}

    /** Runs the process's command on this thread. */
    static int watch(IntSupplier execution) {
        command = Thread.currentThread();
        try {
            return execution.getAsInt();
        } finally {
            ENDED.countDown();
        }
    }

    /** To be called before Spark starts; nothing where the command is not the process's. */
    static void prepare() {
        if (command == null) {
            return;
        }
        try {
            ShutdownHookManager.get().addShutdownHook(Interruption::interrupt, BEFORE_SPARK);
        } catch (IllegalStateException e) {
            // The signal was faster.
            happened = true;
            throw e;
        }
    }

    /** Whether the process is ending because of a signal: what fails now is no error. */
    static boolean happened() {
        return happened;
    }

    /** What the line is to say, where the command knows how much of its work is kept. */
    static void explain(RunInterrupted interrupted) {
        message = interrupted.getMessage();
    }

    private static void interrupt() {
        if (ENDED.getCount() == 0) {
            return;
        }
        happened = true;
        PrintStream terminal = System.err;
        // From here on Spark and its thread pools complain of every task that they were told to end.
        Configurator.setRootLevel(Level.OFF);
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        try {
            // Again each second: what reads and writes files below Spark may swallow an interruption and go on.
            for (int i = 0; i < LONGEST_WAIT_SECONDS && ENDED.getCount() > 0; i++) {
                command.interrupt();
                ENDED.await(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.println(message);
    }
}
