package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.inversion.Method;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditMethodTest {
    @Test
    void methodsSayWhatTheyStartFrom() {
        assertThat(EditMethod.of(Method.of("negative-prompt")).sharedKinds()).isEqualTo(Set.of("zT"));
        assertThat(EditMethod.of(Method.of("ddim-cfg")).sharedKinds()).isEqualTo(Set.of("zT"));
        assertThat(EditMethod.of(Method.of("null-text")).sharedKinds()).isEqualTo(Set.of("zT"));
        assertThat(EditMethod.of(Method.of("proximal")).sharedKinds()).isEqualTo(Set.of("path"));
        assertThat(EditMethod.of(Method.of("null-text-proximal")).sharedKinds()).isEqualTo(Set.of("path"));
        assertThat(EditMethod.of(Method.of("null-text-proximal")).ownKinds()).isEqualTo(Set.of("null_text"));
        assertThat(EditMethod.of(Method.of("proximal:guide=none")).sharedKinds())
                .isEqualTo(Set.of("zT"));
        assertThat(EditMethod.of(Method.of("direct")).sharedKinds()).isEqualTo(Set.of("path"));
        assertThat(EditMethod.of(Method.of("edict-npi")).usesInversion()).isFalse();
        assertThat(EditMethod.of(Method.of("o-belm-npi")).usesInversion()).isFalse();
        assertThat(EditMethod.of(Method.of("direct")).usesInversion()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae", "ddim"})
    void methodsWithoutGuidanceCannotEdit(String name) {
        assertThatThrownBy(() -> EditMethod.of(Method.of(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("method " + name + " cannot edit")
                .hasMessageEndingWith("methods that can: " + Method.editingNames());
    }
}
