package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class StorageExceptionTest {
    @Test
    void aFullDiskIsFoundBelowWhateverWrapsIt() {
        IOException full = new IOException("No space left on device");
        assertThat(StorageException.reason(new IllegalStateException("failed", full)))
                .isEqualTo("a disk is full (No space left on device)");
        assertThat(StorageException.reason(new IOException("Disk quota exceeded")))
                .startsWith("a disk is full");
    }

    /** Of an exception in another process there is nothing but its text. */
    @Test
    void aFullDiskOfAnExecutorIsFoundInWhatSparkQuotes() {
        SparkException quoted = new SparkException(
                "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure: Lost task"
                        + " 0.3 in stage 3.0 (TID 9) (host executor 1): java.io.IOException: No space left on device\n"
                        + "\tat java.base/sun.nio.ch.UnixFileDispatcherImpl.write0(Native Method)");
        assertThat(StorageException.reason(quoted)).isEqualTo("a disk is full (No space left on device)");
    }

    @Test
    void aReadOnlyFolderIsNamed() {
        assertThat(StorageException.reason(new IOException("/mnt/out/_lock.json (Read-only file system)")))
                .isEqualTo("a folder cannot be written (/mnt/out/_lock.json (Read-only file system))");
        assertThat(StorageException.reason(new IOException("Mkdirs failed to create file:/mnt/out (exists=false)")))
                .startsWith("a folder cannot be written (Mkdirs failed to create file:/mnt/out");
    }

    @Test
    void hdfsWithoutADataNodeOrInSafeModeIsNamed() {
        assertThat(StorageException.reason(new IOException("File /runs/1/manifest/_temporary/part-0 could only be"
                        + " written to 0 of the 1 minReplication nodes. There are 0 datanode(s) running")))
                .startsWith("HDFS takes no files (File /runs/1/manifest/");
        assertThat(StorageException.reason(new IOException(
                        "Cannot create directory /runs/1/latents. Name node is in safe mode.\nIt was turned on")))
                .isEqualTo("HDFS takes no files (Cannot create directory /runs/1/latents. Name node is in safe mode.)");
    }

    /** HDFS says the same of files that may not be read, which is no matter of the output. */
    @Test
    void onlyTheRightToWriteCounts() {
        String denied = "Permission denied: user=ann, access=%s, inode=\"/data\":root:hdfs:drwxr-xr-x";
        assertThat(StorageException.reason(new IOException(denied.formatted("WRITE"))))
                .startsWith("a folder cannot be written (Permission denied: user=ann");
        assertThat(StorageException.reason(new IOException(denied.formatted("READ"))))
                .isNull();
    }

    @Test
    void otherFailuresAreNotOfStorage() {
        IOException itself = new IOException("reset by peer");
        assertThat(StorageException.reason(new IOException("timeout", itself))).isNull();
        assertThat(StorageException.reason(new IllegalStateException())).isNull();
    }
}
