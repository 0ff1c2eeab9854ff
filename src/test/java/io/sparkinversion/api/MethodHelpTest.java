package io.sparkinversion.api;

import static org.assertj.core.api.Assertions.assertThat;

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
}
