package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalPathsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--model models/sd15",
                "--lora style.safetensors:0.5",
                "--lpips-weights weights/lpips.pth",
                "--dataset data-samples",
                "--captions data-samples/captions.csv"
            })
    void aPathOfThisMachineIsNamedWithWhatToDo(String option) {
        String[] words = option.split(" ");

        assertThatThrownBy(() -> refuse(true, words))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith(option + " is a path of this machine")
                .hasMessageContaining("if all nodes have it at the same place, give "
                        + Path.of(words[1]).toAbsolutePath().toUri().toString().replaceFirst("/$", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--model s3a://bucket/sd15",
                "--dataset hdfs:///pictures",
                "--dataset data-on-cluster",
                "--output out/1",
                "--output file:///mnt/shared/runs/1",
                "--lpips-weights none",
                "--fake-weights sd15",
                "--method negative-prompt"
            })
    void addressesOfAllMachinesPass(String option) {
        assertThatCode(() -> refuse(true, option.split(" "))).doesNotThrowAnyException();
    }

    @Test
    void defaultsPass() {
        assertThatCode(() -> refuse(true)).doesNotThrowAnyException();
    }

    @Test
    void inClientModeTheDriverFindsTheModelHere() {
        assertThatCode(() -> refuse(false, "--model", "models/sd15")).doesNotThrowAnyException();
    }

    @Test
    void inClientModeADatasetIsOnTheClusterAllTheSame() {
        assertThatThrownBy(() -> refuse(false, "--dataset", "data-samples"))
                .hasMessageStartingWith("--dataset data-samples is a path of this machine");
    }

    private static void refuse(boolean cluster, String... words) {
        List<String> command = new ArrayList<>(List.of("invert"));
        command.addAll(Arrays.asList(words));
        for (String required : List.of("--dataset", "--output")) {
            if (!command.contains(required)) {
                command.addAll(List.of(required, "hdfs:///" + required.substring(2)));
            }
        }
        LocalPaths.refuse(
                Main.commandLine().parseArgs(command.toArray(String[]::new)),
                cluster,
                path -> path.contains("cluster"));
    }
}
