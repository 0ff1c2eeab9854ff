package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.api.Edits;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.output.JobSettings;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DatasetOptionsTest {
    @ParameterizedTest
    @CsvSource({
        "pie-bench, PIE_BENCH",
        "pie_bench, PIE_BENCH",
        "json-lines, JSON_LINES",
        "JSON_LINES, JSON_LINES",
        "Coco, COCO"
    })
    void formatsMayBeWrittenWithEitherDash(String name, Format format) {
        assertThat(settings(EditSource.NONE, "--dataset=x", "--format=" + name).format())
                .isEqualTo(format);
    }

    @Test
    void otherFormatsAreErrors() {
        assertThatThrownBy(() -> settings(EditSource.NONE, "--dataset=x", "--format=pie"))
                .isInstanceOf(UserException.class)
                .hasMessage(
                        "--format: invalid value 'pie'; expected one of auto, csv, json_lines, parquet, coco, pie_bench,"
                                + " flickr, webdataset, sidecar, folder");
    }

    @Test
    void nothingIsEditedUnlessACommandSaysSo() {
        assertThat(settings(EditSource.NONE, "--dataset=x", "--limit=7", "--seed=3"))
                .isEqualTo(new DatasetSettings("x", null, Format.AUTO, 7, 0, 3, EditSource.NONE));
        assertThat(settings(EditSource.DATASET, "--dataset=x").edits()).isEqualTo(EditSource.DATASET);
    }

    private static DatasetSettings settings(EditSource edits, String... arguments) {
        DatasetOptions options = new DatasetOptions();
        new CommandLine(options).parseArgs(arguments);
        SparkInversion run = SparkInversion.on(() -> null, new Configuration())
                .model("fake:sd15")
                .output("out");
        options.apply(run);
        JobSettings settings = edits == EditSource.NONE ? run.inversion() : run.editing(new Edits());
        return settings.dataset();
    }
}
