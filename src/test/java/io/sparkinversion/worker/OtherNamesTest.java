package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherNamesTest {
    @TempDir
    Path folder;

    @Test
    void bothFormsOfAccentsAreTried() {
        assertThat(OtherNames.of("file:/x/caf\u00e9.png")).containsExactly("file:/x/cafe\u0301.png");
        assertThat(OtherNames.of("file:/x/cafe\u0301.png")).containsExactly("file:/x/caf\u00e9.png");
        assertThat(OtherNames.of("file:/x/a.png")).isEmpty();
    }

    @Test
    void backslashesAreTriedAsSlashes() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("images")).resolve("a.png"), "1");
        assertThat(read("images\\a.png")).isEqualTo("1");
        assertThat(OtherNames.of("file:/x/..\\..\\secret.png")).isEmpty();
    }

    @Test
    void aMissingFileSaysWhatIsThereInstead() throws IOException {
        Files.writeString(folder.resolve("A.JPG"), "1");
        ImageFiles files = new ImageFiles(new Configuration());
        assertThatThrownBy(() -> read("a.png")).isInstanceOf(NoSuchFileException.class);
        assertThat(files.hint(folder.resolve("a.png").toString())).isEqualTo("; there is 'A.JPG'");
        assertThat(files.hint(folder.resolve("b.png").toString())).isEmpty();
        assertThat(files.hint(folder.resolve("none/b.png").toString())).isEmpty();
    }

    private String read(String name) throws IOException {
        try (InputStream stream = new ImageFiles(new Configuration()).open(folder + "/" + name)) {
            return new String(stream.readAllBytes());
        }
    }
}
