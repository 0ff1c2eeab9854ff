package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkConfigTest {

    @TempDir
    private Path folder;

    private static NetworkConfig config(String json) {
        return NetworkConfig.parse("unet/config.json", json.replace('\'', '"'));
    }

    @Test
    void aMissingFileIsNamed() {
        Path file = folder.resolve("unet/config.json");

        assertThatThrownBy(() -> NetworkConfig.read(file))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("there is no file " + file + "; a diffusers model folder has one config per component");
    }

    @Test
    void aFileThatIsNoTextIsNamed() throws IOException {
        Path file = Files.write(folder.resolve("config.json"), new byte[] {'{', (byte) 0xff, (byte) 0xfe});

        assertThatThrownBy(() -> NetworkConfig.read(file))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("cannot read " + file);
    }

    @Test
    void textThatIsNotJsonIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), "<html>404</html>");

        assertThatThrownBy(() -> NetworkConfig.read(file))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith(file + " is not valid JSON: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[1, 2]", "null", "'text'"})
    void jsonThatIsNoObjectIsRefused(String json) {
        assertThatThrownBy(() -> config(json))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("unet/config.json is not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false"})
    void unknownKeysThatSayNothingAreAccepted(String value) {
        assertThatCode(() -> config("{'future': " + value + "}").refuseUnknown())
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "0", "''", "[]", "{}"})
    void unknownKeysThatMayMeanSomethingAreRefused(String value) {
        assertThatThrownBy(() -> config("{'future': " + value + "}").refuseUnknown())
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("unet/config.json: 'future' = " + value.replace('\'', '"')
                        + " is not supported (this key is not known here)");
    }

    @Test
    void keysThatWereAskedForOrIgnoredOrBeginWithAnUnderscoreAreKnown() {
        NetworkConfig config = config("{'_version': 1, 'size': 3, 'rate': 0.5, 'name': 'x'}");

        assertThat(config.integer("size")).isEqualTo(3);
        assertThat(config.number("rate", 1)).isEqualTo(0.5);
        assertThatCode(() -> config.ignore("name").refuseUnknown()).doesNotThrowAnyException();
    }

    @Test
    void fixedKeysCompareNumbersByValue() {
        assertThatCode(() -> config("{'scale': 1.0}").only("scale", 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> config("{'scale': 2}").only("scale", 1))
                .hasMessage("unet/config.json: 'scale' = 2 is not supported (supported: [1])");
        assertThatThrownBy(() -> config("{'betas': [0.1]}").only("betas"))
                .hasMessage("unet/config.json: 'betas' = [0.1] is not supported (only null is supported)");
    }

    @Test
    void oneIntegerStandsForAListOfEqualOnes() {
        assertThat(config("{'heads': 8}").integers("heads", 3)).containsExactly(8, 8, 8);
        assertThat(config("{'heads': [5, 10]}").integers("heads", 2)).containsExactly(5, 10);
    }

    @Test
    void valuesOfTheWrongKindAreRefused() {
        NetworkConfig config = config("{'flag': 'yes', 'number': '1', 'text': 7, 'list': [1, 'two']}");

        assertThatThrownBy(() -> config.flag("flag", true)).hasMessageContaining("(true or false is expected)");
        assertThatThrownBy(() -> config.number("number", 1)).hasMessageContaining("(a number is expected)");
        assertThatThrownBy(() -> config.anyText("text")).hasMessageContaining("'text' = 7");
        assertThatThrownBy(() -> config.integers("list"))
                .hasMessageContaining("'list' = \"two\" is not supported (a list of positive integers is expected)");
    }
}
