package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cluster.S3Settings;
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
        assertThat(options.sparkConf("local[1]", "s3a://bucket/out").get(COMMITS)).isEqualTo("my.Protocol");
    }

    @Test
    void outputsElsewhereAreCommittedAsUsual() {
        assertThat(options().sparkConf("local[1]", "hdfs:///out").contains(COMMITS)).isFalse();
    }
}
