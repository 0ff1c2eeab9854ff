package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cluster.S3Settings;
import java.time.Duration;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SparkOptionsTest {
    private static final String COMMITS = "spark.sql.sources.commitProtocolClass";

    private static SparkOptions options(String... words) {
        return CommandLine.populateCommand(new SparkOptions(), words);
    }

    @Test
    void everyCommandReachesS3WithTheSettingsThatAreShipped() {
        SparkConf settings = options().sparkConf("local[1]", "s3a://bucket/out");

        Map<String, String> shipped = S3Settings.shipped();
        assertThat(shipped).containsEntry("spark.hadoop.fs.s3a.committer.name", "magic");
        shipped.forEach((name, value) -> assertThat(settings.get(name)).as(name).isEqualTo(value));
        assertThat(options().hadoop().get("fs.s3a.input.stream.type")).isEqualTo("classic");
    }

    @Test
    void whatTheUserSaysCountsMore() {
        SparkOptions options =
                options("--conf", "spark.hadoop.fs.s3a.retry.limit=2", "--conf", COMMITS + "=my.Protocol");

        Configuration hadoop = options.hadoop();
        assertThat(hadoop.get("fs.s3a.retry.limit")).isEqualTo("2");
        assertThat(hadoop.get("fs.s3a.retry.throttle.limit")).isEqualTo("9");
        assertThat(options.sparkConf("local[1]", "s3a://bucket/out").get(COMMITS))
                .isEqualTo("my.Protocol");
    }

    @Test
    void outputsElsewhereAreCommittedAsUsual() {
        assertThat(options().sparkConf("local[1]", "hdfs:///out").contains(COMMITS))
                .isFalse();
    }

    @Test
    void aLocalMasterSendsNoHeartbeats() {
        for (String master : new String[] {"local", "local[2]", "local[*]"}) {
            SparkConf settings = options("--master", master).sparkConf("local[1]", "out");
            assertThat(settings.getTimeAsSeconds("spark.executor.heartbeatInterval"))
                    .isGreaterThan(Duration.ofDays(7).toSeconds())
                    .as("Spark demands so")
                    .isLessThan(settings.getTimeAsSeconds("spark.network.timeout"));
        }
        for (String master : new String[] {"local-cluster[2,1,1024]", "spark://host:7077", "yarn"}) {
            SparkConf settings = options("--master", master).sparkConf("local[1]", "out");
            assertThat(settings.contains("spark.executor.heartbeatInterval"))
                    .as(master)
                    .isFalse();
            assertThat(settings.contains("spark.network.timeout")).as(master).isFalse();
        }
        SparkConf settings = options("--conf", "spark.network.timeout=300s").sparkConf("local[1]", "out");
        assertThat(settings.contains("spark.executor.heartbeatInterval"))
                .as("Spark's 10 s fit")
                .isFalse();
    }
}
