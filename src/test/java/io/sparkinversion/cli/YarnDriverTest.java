package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkinversion.cli.YarnDriver.Failure;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class YarnDriverTest {
    @Test
    void aGoodEndIsNoException() {
        assertThatCode(() -> YarnDriver.end(0)).doesNotThrowAnyException();
    }

    @Test
    void whoSubmittedLearnsTheCommandsErrorAndExitCodeByWayOfYarn() {
        YarnDriver.explain("no such dataset: hdfs:///nothing");
        Throwable thrown = catchThrowable(() -> YarnDriver.end(Main.WRONG_SETTINGS));

        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        Failure failure = Failure.of("User class threw exception: " + text);

        assertThat(failure).isEqualTo(new Failure(Main.WRONG_SETTINGS, "no such dataset: hdfs:///nothing"));
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
