package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.nightly.Limits;
import io.sparkinversion.nightly.NightlyJob;
import io.sparkinversion.nightly.NightlySettings;
import io.sparkinversion.nightly.Verdict;
import io.sparkinversion.nightly.Verdict.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nights with everything on S3; each of them holds an evaluation. */
@Tag("slow")
@Timeout(300)
class S3EvaluationIT {
    private static final Instant FIRST_NIGHT = Instant.parse("2026-11-23T02:00:00Z");

    @TempDir
    private Path folder;

    @Test
    void reportsVerdictsAndHistoryAreThere() throws IOException {
        try (S3Server server = S3Server.start(folder)) {
            SparkSession spark = S3Settings.session(server);
            S3Run run = new S3Run(server, spark, "nightly").withImages(2).inOneWave();

            assertThat(night(run, spark, 0).outcome()).isEqualTo(Outcome.FIRST);
            Verdict second = night(run, spark, 1);

            assertThat(second.baseline()).isEqualTo("2026-11-23T02-00-00Z");
            assertThat(server.text(run.key("history.csv")).lines()).hasSize(3);
            assertThat(ImageIO.read(new ByteArrayInputStream(server.bytes(run.key("history.png")))))
                    .isNotNull();
            String night = "runs/2026-11-24T02-00-00Z/";
            assertThat(server.text(run.key(night + "verdict.json")))
                    .contains("\"verdict\" : \"" + second.outcome().name().toLowerCase() + "\"", "\"pairs\" : 2")
                    .doesNotContain("psnr-drop");
            assertThat(server.text(run.key(night + "report/report.html")))
                    .contains("<html")
                    .contains("</html>");
            assertThat(server.keys(run.key(night)))
                    .contains(
                            run.key(night + "evaluation.json"),
                            run.key(night + "verdict.md"),
                            run.key(night + "report/table.csv"),
                            run.key(night + "steps-0001/metrics/wave=00000/_SUCCESS"))
                    .noneMatch(key -> key.contains("__magic") || key.endsWith("_lock.json"));
            assertThat(server.uploads()).isEmpty();
        }
    }

    private static Verdict night(S3Run run, SparkSession spark, int night) {
        EvaluationSettings evaluation = new EvaluationSettings(run.settings(1), List.of(1), Protocol.THROUGHPUT);
        NightlySettings settings = new NightlySettings(evaluation, null, new Limits(0.1, 1.3), "a52134e");
        Clock clock = Clock.fixed(FIRST_NIGHT.plus(Duration.ofDays(night)), ZoneOffset.UTC);
        return NightlyJob.run(settings, S3Run::worker, spark, S3Run.quiet(), S3Run::silent, clock);
    }
}
