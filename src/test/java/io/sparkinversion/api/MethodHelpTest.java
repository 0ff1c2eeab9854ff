package io.sparkinversion.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.editing.EditMethod;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.MethodInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MethodHelpTest {
    private static final Path PAGE = Path.of("docs/methods.md");

    static List<MethodInfo> methods() {
        return Method.catalog();
    }

    /** Where it fails, copy the table of {@link MethodHelp#markdown} into the page. */
    @Test
    void thePageOfMethodsHoldsTheRegistrysTable() throws IOException {
        assertThat(Files.readString(PAGE)).contains(MethodHelp.markdown());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everySettingCanBeWrittenAtItsDefault(MethodInfo method) {
        StringBuilder label = new StringBuilder(method.name());
        method.settings()
                .forEach((name, value) ->
                        label.append(':').append(name).append('=').append(value));

        assertThat(Method.of(label.toString()).label()).isEqualTo(method.name());
        assertThat(MethodHelp.text()).contains(method.name(), method.summary());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void whatCanEditIsSaid(MethodInfo method) {
        boolean edits = true;
        try {
            EditMethod.of(Method.of(method.name()));
        } catch (IllegalArgumentException e) {
            edits = false;
        }
        assertThat(method.edits()).isEqualTo(edits);
    }

    @Test
    void editsComputeAllFeatures() {
        assertThatThrownBy(() -> EditMethod.of(Method.of("negative-prompt:reuse=3")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "method negative-prompt:reuse=3 cannot edit: edits compute all features of every step; leave"
                                + " the setting reuse out");
    }

    @Test
    void reuseIsThereForAllMethodsOfARun() {
        List<Method> methods = InversionSettings.builder()
                .model("fake:sd15")
                .methods("vae", "ddim", "o-belm-npi:reuse=2")
                .reuse(3)
                .build()
                .methods();

        assertThat(methods.stream().map(Method::label)).containsExactly("vae", "ddim:reuse=3", "o-belm-npi:reuse=2");
        assertThatThrownBy(() -> InversionSettings.builder()
                        .model("fake:sd15")
                        .methods("null-text")
                        .reuse(3)
                        .build())
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("method null-text cannot reuse features");
    }
}
