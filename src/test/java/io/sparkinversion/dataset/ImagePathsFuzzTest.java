package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.fuzz.ByteMutator;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.weights.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No path of a dataset leads out of its root, whatever it is made of. */
class ImagePathsFuzzTest {
    private static final List<String> PIECES = List.of(
            "..",
            "..",
            "..",
            ".",
            "a",
            "data",
            "photos",
            "a.png",
            "%2e%2e",
            "%2E.",
            "..%2f",
            "%00",
            "\\..\\",
            "..\\",
            "\\\\host\\share",
            "//host/share",
            "C:",
            "file:",
            "file://",
            "file:///",
            "file://host/",
            "FILE:/",
            "s3a://",
            "s3a://bucket/",
            "s3a://bucket2/",
            "hdfs://name:8020/",
            "http://h/",
            "~",
            "$HOME",
            " ",
            "\t",
            "\n",
            "\0",
            "\uFF0E\uFF0E",
            "\u2024\u2024",
            "\u2215",
            "..;",
            "...",
            ".. ",
            "#",
            "?",
            "[",
            "{a,b}",
            "*",
            ":",
            "@");

    private final ImagePaths local = ImagePaths.below(new Path("file:/data/photos"));
    private final ImagePaths bucket = ImagePaths.below(new Path("s3a://bucket/data/photos"));

    @Test
    void noPathLeadsOutOfTheRoot() {
        FuzzRun.Outcome outcome = FuzzRun.of("ImagePathsFuzzTest", 10, JobException.class)
                .run(random -> FuzzFile.of("pieces", path(random)), file -> {
                    check(local.resolve(file.text()), "file:/data/photos/");
                    check(bucket.resolve(file.text()), "s3a://bucket/data/photos/");
                });
        assertThat(outcome.refused()).isZero();
    }

    /** What can mean something else elsewhere is a name here: of a file in the root, which will not be there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "%2e%2e/%2e%2e/etc/passwd",
                "..%2f..%2fetc/passwd",
                "..\\..\\etc\\passwd",
                "\\\\host\\share\\a.png",
                "C:\\Windows\\a.png",
                "file:..",
                "~/.ssh/id_rsa",
                "$HOME/a.png",
                "\uFF0E\uFF0E/a.png"
            })
    void encodedClimbsAreMereNames(String path) {
        ImagePaths.Resolved resolved = local.resolve(path);
        assertThat(resolved.problem()).isNull();
        assertThat(resolved.address()).isEqualTo("file:/data/photos/" + path);
        assertThat(Address.local(resolved.address())).hasValue(java.nio.file.Path.of("/data/photos/" + path));
    }

    /** Purely by name: a link that the dataset's owner has put into the root leads where the owner wants it to. */
    @Test
    void aSymbolicLinkInTheRootIsItsOwnersBusiness(@TempDir java.nio.file.Path folder) throws IOException {
        java.nio.file.Path root = Files.createDirectories(folder.resolve("root"));
        java.nio.file.Path store = Files.createDirectories(folder.resolve("store"));
        Files.createSymbolicLink(root.resolve("linked"), store);
        ImagePaths paths = ImagePaths.below(new Path("file:" + root));

        assertThat(paths.resolve("linked/a.png").address()).isEqualTo("file:" + root + "/linked/a.png");
        // Of the name, not of what the link leads to: this is in the root, and not beside the store.
        assertThat(paths.resolve("linked/../a.png").address()).isEqualTo("file:" + root + "/a.png");
        assertThat(paths.resolve("linked/../../store/a.png").problem()).contains("is outside of the dataset's root");
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder(random.nextInt(3) == 0 ? "/data/photos/" : "");
        for (int count = 1 + random.nextInt(8); count > 0; count--) {
            path.append(ByteMutator.any(PIECES, random)).append(random.nextInt(3) == 0 ? "" : "/");
        }
        return path.toString();
    }

    private static void check(ImagePaths.Resolved resolved, String root) {
        assertThat(resolved.address() == null).isNotEqualTo(resolved.problem() == null);
        if (resolved.address() == null) {
            assertThat(resolved.problem()).doesNotContain("\n");
            return;
        }
        assertThat(resolved.address()).startsWith(root);
        // What Hadoop and Java make of it, and of its dots, is still there.
        Path opened = new Path(resolved.address());
        Path expected = new Path(root);
        assertThat(opened.toUri().getScheme()).isEqualTo(expected.toUri().getScheme());
        assertThat(opened.toUri().getAuthority()).isEqualTo(expected.toUri().getAuthority());
        java.nio.file.Path file = java.nio.file.Path.of(opened.toUri().getPath());
        assertThat(file.normalize()).isEqualTo(file).startsWithRaw(java.nio.file.Path.of("/data/photos"));
        assertThat(file.getNameCount()).isGreaterThan(2);
    }
}
