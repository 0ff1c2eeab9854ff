package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProgramsCommandTest {
    private static final int REFUSED = 2;
    /** Of Stable Diffusion 1.5's UNet, as published. */
    private static final long PARAMETERS = 859_520_964;

    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    @Test
    void writesEveryNetworkWithItsWeightsInTheOrderInWhichTheProgramIndexesThem() throws IOException {
        assertThat(execute("--fake-weights", "sd15", "--dtype", "float16", "--output", folder.toString()))
                .isZero();

        assertThat(folder).isDirectoryContaining("glob:**/vae.pt").isDirectoryContaining("glob:**/text_encoder.pt");
        JsonNode unet = new ObjectMapper().readTree(folder.resolve("unet.json").toFile());
        assertThat(unet.path("parameters").asLong()).isEqualTo(PARAMETERS);
        assertThat(unet.path("methods").path(0))
                .hasToString("{\"name\":\"forward\",\"inputs\":["
                        + "{\"name\":\"sample\",\"type\":\"Tensor\"},{\"name\":\"time_features\",\"type\":\"Tensor\"},"
                        + "{\"name\":\"text_keys_values\",\"type\":\"List[Tensor]\"}],\"result\":\"Tensor\"}");
        int convIn = indexOf(unet, "conv_in.weight");
        assertThat(unet.path("weights").path(convIn).path("shape")).hasToString("[320,4,3,3]");
        assertThat(text(folder.resolve("unet.pt")))
                .contains("torch.to(sample, 5)")
                .contains("w[" + convIn + "], w[" + indexOf(unet, "conv_in.bias") + "], [1, 1], [1, 1]");
    }

    @Test
    void aTypeThatIsNoneIsRefused() {
        assertThat(execute("--fake-weights", "sd15", "--dtype", "int8", "--output", folder.toString()))
                .isEqualTo(REFUSED);

        assertThat(err.toString())
                .contains("--dtype: invalid value 'int8'; expected one of float32, float16, bfloat16");
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(new StringWriter()));
        commandLine.setErr(new PrintWriter(err));
        String[] all = new String[arguments.length + 1];
        all[0] = "programs";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return commandLine.execute(all);
    }

    private static int indexOf(JsonNode program, String weight) {
        for (int i = 0; i < program.path("weights").size(); i++) {
            if (program.path("weights").path(i).path("name").asText().equals(weight)) {
                return i;
            }
        }
        throw new AssertionError("no weight " + weight);
    }

    private static String text(Path archive) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            byte[] text =
                    zip.getInputStream(zip.getEntry("net/code/__torch__.py")).readAllBytes();
            return new String(text, StandardCharsets.UTF_8);
        }
    }
}
