package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** What somebody who watches a run on Spark's pages reads there. */
class SparkPagesTest {
    private static final String IN_THE_JOBS_WORDS =
            "read and plan the dataset|estimate the work|wave 1 of 1: (deal images to tasks"
                    + "|invert 3 images|write latents|write images|write metrics)|summarise";

    @TempDir
    private Path folder;

    private static final class Reader extends SparkListener {
        private final List<String> jobs = Collections.synchronizedList(new ArrayList<>());
        private final List<String> stages = Collections.synchronizedList(new ArrayList<>());
        private final Map<String, Object> counters = Collections.synchronizedMap(new HashMap<>());

        @Override
        public void onJobStart(SparkListenerJobStart job) {
            Properties properties = job.properties();
            jobs.add(properties.getProperty("spark.job.description"));
        }

        @Override
        public void onStageCompleted(SparkListenerStageCompleted stage) {
            stages.add(stage.stageInfo().name());
            for (AccumulableInfo info :
                    CollectionConverters.asJava(stage.stageInfo().accumulables().values())) {
                counters.put(info.name().getOrElse(() -> ""), info.value().get());
            }
        }
    }

    @Test
    void jobsStagesAndCountersAreNamedInTheJobsOwnWords() throws Exception {
        JobFixture job = new JobFixture(folder).withImages(3).withImage("i02", "poison");
        SparkContext spark = SparkTestSession.session().sparkContext();
        Reader reader = new Reader();
        spark.addSparkListener(reader);
        try {
            job.run();
            spark.listenerBus().waitUntilEmpty();
        } finally {
            spark.removeSparkListener(reader);
        }

        assertThat(reader.jobs).isNotEmpty().allSatisfy(name -> assertThat(name).matches(IN_THE_JOBS_WORDS));
        assertThat(reader.stages).isNotEmpty().allSatisfy(name -> assertThat(name)
                .matches(IN_THE_JOBS_WORDS));
        // Two good images: one inversion each, a reconstruction for each of two methods.
        assertThat(reader.counters)
                .containsEntry("images done", 3L)
                .containsEntry("images failed", 1L)
                .containsEntry("failures by code", Map.of("CORRUPT_IMAGE", 1L))
                .containsEntry("UNet evaluations", 2L * (20 + 2 * 20))
                .containsEntry("seconds of encode", 2 * 0.125)
                .containsEntry("seconds of inversion", 2 * 0.5)
                .containsEntry("seconds of reconstruction", 2 * 2 * 0.25)
                .containsEntry("seconds of decode", 2 * 2 * 0.125);
    }
}
