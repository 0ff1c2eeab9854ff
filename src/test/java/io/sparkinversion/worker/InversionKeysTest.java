package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.image.Decoding;
import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.image.Decoding.ColourProfile;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InversionKeysTest {
    private static final InvertedArray ARRAY =
            new InvertedArray("latent", null, new int[] {1}, "float32", new byte[Float.BYTES]);

    private static InversionKeys keys(Background background, ColourProfile profile, boolean allowTruncated) {
        PictureSettings pictures = new PictureSettings(new Decoding(background, profile, allowTruncated), 0);
        return new InversionKeys(new WorkerSettingsBuilder("model", "0123")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(new Method("negative-prompt")))
                .steps(5)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.LANCZOS)
                .batchSize(2)
                .maxPixels(1_000_000)
                .pictures(pictures)
                .build());
    }

    /** The hash is of a file, and the same file gives other pixels. */
    @Test
    void whatIsKeptOfOtherPixelsIsNotUsed() {
        InversionKeys stored = keys(Background.KEEP, ColourProfile.IGNORE, false);
        List<StoredArray> kept = List.of(stored.stored("hash", "a cat", ARRAY));

        assertThat(stored.valid("hash", "a cat", kept)).containsExactly(ARRAY);
        assertThat(Stream.of(
                        keys(Background.WHITE, ColourProfile.IGNORE, false),
                        keys(Background.KEEP, ColourProfile.CONVERT, false),
                        keys(Background.KEEP, ColourProfile.IGNORE, true)))
                .allSatisfy(
                        other -> assertThat(other.valid("hash", "a cat", kept)).isEmpty());
    }
}
