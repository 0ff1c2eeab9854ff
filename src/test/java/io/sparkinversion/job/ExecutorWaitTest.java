package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.cluster.ExecutorInfo;
import org.junit.jupiter.api.Test;
import scala.collection.immutable.Map$;

class ExecutorWaitTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    private long seconds = 100;

    private static SparkListenerExecutorAdded added(String id, String host) {
        return new SparkListenerExecutorAdded(0, id, new ExecutorInfo(host, 2, Map$.MODULE$.empty()));
    }

    @Test
    void saysWhatIsWaitedForAndWhenTheFirstOneHasCome() {
        ExecutorWait wait = new ExecutorWait("app-1", out, () -> TimeUnit.SECONDS.toNanos(seconds));
        wait.onExecutorAdded(added("driver", "here"));
        seconds += 75;
        wait.onExecutorAdded(added("0", "node-1"));
        wait.onExecutorAdded(added("1", "node-2"));

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .isEqualTo("waiting for executors of app-1 ...\nfirst executor on node-1 after 1:15\n");
    }

    @Test
    void saysNothingWhereTasksRunInThisProcess() {
        ExecutorWait.announce(SparkTestSession.session().sparkContext(), out);

        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
