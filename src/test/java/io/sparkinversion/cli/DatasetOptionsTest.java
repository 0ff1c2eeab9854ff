package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.DatasetSettings.Format;
import io.sparkinversion.dataset.EditSource;
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
        assertThat(parsed("--dataset=x", "--format=" + name).settings(0).format())
                .isEqualTo(format);
    }

    @Test
    void otherFormatsAreErrors() {
        DatasetOptions options = parsed("--dataset=x", "--format=pie");
        assertThatThrownBy(() -> options.settings(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "--format: invalid value 'pie'; expected one of auto, csv, json_lines, parquet, coco, pie_bench");
    }

    @Test
    void nothingIsEditedUnlessACommandSaysSo() {
        DatasetOptions options = parsed("--dataset=x", "--limit=7", "--seed=3");
        assertThat(options.settings(5))
                .isEqualTo(new DatasetSettings("x", null, Format.AUTO, 7, 5, 3, EditSource.NONE));
        assertThat(options.settings(0, EditSource.DATASET).edits()).isEqualTo(EditSource.DATASET);
    }

    private static DatasetOptions parsed(String... arguments) {
        DatasetOptions options = new DatasetOptions();
        new CommandLine(options).parseArgs(arguments);
        return options;
    }
}
