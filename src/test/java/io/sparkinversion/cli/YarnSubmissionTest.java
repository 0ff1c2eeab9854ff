package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YarnSubmissionTest {
    @TempDir
    private Path folder;

    @Test
    void withoutTheClustersConfigurationNothingIsTried() {
        assertThatThrownBy(() -> YarnSubmission.requireConfiguration(Map.of("HADOOP_CONF_DIR", " ")))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("--master yarn: HADOOP_CONF_DIR is not set; set it to the folder");
    }

    @Test
    void aFolderWithoutConfigurationIsNamed() {
        assertThatThrownBy(() -> YarnSubmission.requireConfiguration(Map.of("YARN_CONF_DIR", folder.toString())))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("HADOOP_CONF_DIR is " + folder + ", but there is neither");
    }

    @Test
    void eitherVariableWillDo() throws IOException {
        Files.writeString(folder.resolve("yarn-site.xml"), "<configuration/>");

        assertThatCode(() -> YarnSubmission.requireConfiguration(Map.of("HADOOP_CONF_DIR", folder.toString())))
                .doesNotThrowAnyException();
        assertThatCode(() -> YarnSubmission.requireConfiguration(Map.of("YARN_CONF_DIR", folder.toString())))
                .doesNotThrowAnyException();
    }

    @Test
    void ofHadoopsMessagesTheReasonStays() {
        assertThat(YarnSubmission.reason(new IOException("Call From here to localhost:9000 failed on connection"
                        + " exception: java.net.ConnectException: Connection refused; For more details see:"
                        + "  http://wiki.apache.org/hadoop/ConnectionRefused")))
                .isEqualTo("Connection refused");
        assertThat(YarnSubmission.reason(new IOException("first line\n\tat some.Class")))
                .isEqualTo("first line");
    }

    @Test
    void aResourceManagerThatDoesNotAnswerIsNamedWithinSeconds() {
        Configuration nowhere = new Configuration(false);
        nowhere.set(YarnConfiguration.RM_ADDRESS, "127.0.0.1:1");
        nowhere.set(YarnNodes.PATIENCE, "1");
        nowhere.set("ipc.client.connect.max.retries", "0");
        assertThatThrownBy(() -> new YarnNodes(nowhere))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("YARN's ResourceManager at 127.0.0.1:1 does not answer: ")
                .hasMessageEndingWith("; is HADOOP_CONF_DIR that of the cluster?");
    }
}
