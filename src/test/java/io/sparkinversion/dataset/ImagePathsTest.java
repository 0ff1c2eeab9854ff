package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePathsTest {
    private final ImagePaths local = ImagePaths.below(new Path("file:/data/photos"));
    private final ImagePaths bucket = ImagePaths.below(new Path("s3a://bucket/photos/"));

    @ParameterizedTest
    @CsvSource({
        "a.png,                     /data/photos/a.png,         a",
        "birds/007.tar.jpeg,        /data/photos/birds/007.tar.jpeg, birds/007.tar",
        "./birds//007.jpg,          /data/photos/birds/007.jpg, birds/007",
        "birds/../cats/1.png,       /data/photos/cats/1.png,    cats/1",
        "../photos/a.png,           /data/photos/a.png,         a",
        "/data/photos/a.png,        /data/photos/a.png,         a",
        "file:///data/photos/a.png, /data/photos/a.png,         a",
        "file:/data/photos/a.png,   /data/photos/a.png,         a",
        "a b#c?d%20e [1]{2}.png,    /data/photos/a b#c?d%20e [1]{2}.png, a b#c?d%20e [1]{2}",
        "12:30.png,                 /data/photos/12:30.png,     12:30",
        ".hidden,                   /data/photos/.hidden,       .hidden",
        "v1.2/no-extension,         /data/photos/v1.2/no-extension, v1.2/no-extension",
    })
    void pathsInTheRootBecomeAbsolute(String path, String address, String stem) {
        assertThat(local.resolve(path)).isEqualTo(new ImagePaths.Resolved("file:" + address, stem, null));
    }

    @ParameterizedTest
    @CsvSource({
        "a.png,                                   a",
        "S3A://bucket/photos/a.png,               a",
        "/photos/sub/a.png,                       sub/a",
    })
    void addressesInABucketAreBelowItsPrefix(String path, String stem) {
        assertThat(bucket.resolve(path))
                .isEqualTo(new ImagePaths.Resolved("s3a://bucket/photos/" + stem + ".png", stem, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.png",
                "birds/../../a.png",
                "../../../../../../etc/passwd",
                "/etc/passwd",
                "/data/photos-private/a.png",
                "/data/photos/../a.png",
                "file:///etc/passwd",
                "file://other-host/data/photos/a.png",
                "hdfs://name-node/data/photos/a.png",
                "s3a://bucket/data/photos/a.png",
                "http://example.org/a.png",
            })
    void pathsThatLeaveTheRootAreRefused(String path) {
        ImagePaths.Resolved resolved = local.resolve(path);
        assertThat(resolved.address()).isNull();
        assertThat(resolved.problem())
                .isEqualTo("path '" + path + "' is outside of the dataset's root file:/data/photos");
    }

    @Test
    void anotherBucketIsOutside() {
        assertThat(bucket.resolve("s3a://bucket2/photos/a.png").problem())
                .isEqualTo("path 's3a://bucket2/photos/a.png' is outside of the dataset's root s3a://bucket/photos");
    }

    @Test
    void secretsInAnAddressAreNotRepeated() {
        assertThat(bucket.resolve("s3a://key:secret@other/a.png").problem())
                .isEqualTo("path 's3a://other/a.png' is outside of the dataset's root s3a://bucket/photos");
    }

    @Test
    void theRootItselfIsNoImage() {
        assertThat(local.resolve("birds/..").problem())
                .isEqualTo("path 'birds/..' is the dataset's root itself, not a file in it");
    }

    @Test
    void messagesStayOnOneLine() {
        assertThat(local.resolve("/a\nb\u0000.png").problem()).isEqualTo("path '/a?b?.png' contains a null character");
        assertThat(local.resolve("/a\r\nb.png").problem()).doesNotContain("\n").doesNotContain("\r");
    }

    @Test
    void aRootOfAFileSystemHasNoSegments() {
        assertThat(ImagePaths.below(new Path("s3a://bucket/")).resolve("a.png").address())
                .isEqualTo("s3a://bucket/a.png");
        assertThat(ImagePaths.below(new Path("file:/")).resolve("/tmp/a.png").address())
                .isEqualTo("file:/tmp/a.png");
    }

    @Test
    void missingAndBlankPathsAreNamedSo() {
        assertThat(local.resolve(null).problem()).isEqualTo("the row has no path");
        assertThat(local.resolve(" ").problem()).isEqualTo("the row has no path");
    }
}
