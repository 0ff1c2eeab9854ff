package io.sparkinversion.worker;

import java.io.File;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.apache.spark.SparkEnv;

/**
 * Ends an executor whose local folders are gone, as where YARN's NodeManager was restarted and has cleared its disks:
 * whatever such an executor reads or writes of Spark's fails at once, so that a task would use up all its tries within a
 * second or two. Spark replaces the executor, and computes again what it held.
 *
 * @param folders of Spark's blocks
 * @param stopping whether they may be gone because the executor ends anyway
 * @param end ends the process with an exit code, at once
 */
record LocalFolders(List<File> folders, BooleanSupplier stopping, IntConsumer end) {
    /** What an executor exits with whose local folders are gone. */
    static final int EXIT_CODE = 88;

    private static final long PAUSE_MILLIS = 100;
    private static final AtomicBoolean WATCHED = new AtomicBoolean();

    /** Looks after those of this executor from the first call on. */
    static void watch(SparkEnv spark) {
        if (WATCHED.compareAndSet(false, true)) {
            List<File> folders = List.of(spark.blockManager().diskBlockManager().localDirs());
            LocalFolders local = new LocalFolders(folders, spark::isStopped, Runtime.getRuntime()::halt);
            Thread thread = new Thread(local::watch, "local folders");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void watch() {
        try {
            while (check()) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there is anything left to look after. */
    boolean check() {
        // In this order: an executor that stops says so before it deletes them.
        File gone =
                folders.stream().filter(folder -> !folder.exists()).findFirst().orElse(null);
        if (stopping.getAsBoolean()) {
            return false;
        }
        if (gone != null) {
            System.err.println("The local folder " + gone + " is gone; this executor ends so that Spark replaces it");
            end.accept(EXIT_CODE);
        }
        return gone == null;
    }
}
