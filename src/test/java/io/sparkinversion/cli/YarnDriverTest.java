package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkinversion.cli.YarnDriver.Failure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YarnDriverTest {
    @TempDir
    private java.nio.file.Path folder;

    private FileSystem files;
    private Path note;

    @BeforeEach
    void open() throws IOException {
        files = FileSystem.getLocal(new Configuration());
        note = new Path(new Path(folder.toUri()), "note");
    }

    @Test
    void aGoodEndIsNoException() {
        assertThatCode(() -> YarnDriver.run(() -> 0, files, note)).doesNotThrowAnyException();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whoSubmittedLearnsTheCommandsErrorAndExitCodeByWayOfYarn() {
        YarnDriver.explain("no such dataset: hdfs:///nothing");
        Throwable thrown = catchThrowable(() -> YarnDriver.run(() -> Main.WRONG_SETTINGS, files, note));

        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        Failure failure = Failure.of("User class threw exception: " + text);

        assertThat(failure).isEqualTo(new Failure(Main.WRONG_SETTINGS, "no such dataset: hdfs:///nothing"));
    }

    @Test
    void aCommandThatWasWrongIsNotRunAgainByTheNextAttempt() {
        YarnDriver.explain("no such dataset");
        assertThatThrownBy(() -> YarnDriver.run(() -> Main.WRONG_SETTINGS, files, note))
                .hasMessage("exit code 2: no such dataset");
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> YarnDriver.run(runs::incrementAndGet, files, note))
                .hasMessage("exit code 2: no such dataset");
        assertThat(runs).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, Main.STORAGE})
    void afterOtherErrorsItIs(int exitCode) {
        assertThatThrownBy(() -> YarnDriver.run(() -> exitCode, files, note))
                .hasMessageStartingWith("exit code " + exitCode + ": ");

        assertThatCode(() -> YarnDriver.run(() -> 0, files, note)).doesNotThrowAnyException();
    }

    @Test
    void ofAnEndWithoutTheCommandYarnsWordsAreGiven() {
        Failure failure = Failure.of("AM Container for appattempt_1 exited with exitCode: 137");

        assertThat(failure.exitCode()).isOne();
        assertThat(failure.message()).isEqualTo("YARN says: AM Container for appattempt_1 exited with exitCode: 137");
    }

    @Test
    void thisProcessIsNoApplicationMaster() {
        assertThat(YarnDriver.isHere()).isFalse();
    }
}
