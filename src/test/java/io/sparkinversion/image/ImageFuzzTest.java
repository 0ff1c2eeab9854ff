package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.fuzz.ByteMutator;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Damaged files of every format through the decoder. */
class ImageFuzzTest {
    private static final long MAX_PIXELS = 1 << 20;
    /** Eleven bytes a pixel of a 16-bit picture with alpha and its copy, three for turning it, and rows and tables. */
    private static final long FIXED_BYTES = 14 * MAX_PIXELS + (8 << 20);

    @Test
    void damagedImagesAreDecodedOrRefusedByAnImageException() {
        List<String> names =
                Resources.table("cases.csv").stream().map(row -> row[0]).toList();
        ImageMutator mutator =
                new ImageMutator(names.stream().map(Resources::bytes).toList());

        FuzzRun.Outcome outcome = FuzzRun.of("ImageFuzzTest", 40, ImageException.class)
                .allocating(FIXED_BYTES, 64)
                .run(
                        random -> {
                            String name = ByteMutator.any(names, random);
                            return new FuzzFile(name, mutator.mutate(name, Resources.bytes(name), random));
                        },
                        file -> {
                            RgbImage image = ImageDecoder.decode(file.bytes(), MAX_PIXELS);
                            assertThat((long) image.width() * image.height()).isLessThanOrEqualTo(MAX_PIXELS);
                        });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }
}
