package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.image.PillowResize.Filter;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Against pictures that Pillow 9.4.0 resized. */
class PillowResizeTest {

    @Test
    void bytesEqualPillows() {
        ByteBuffer expected = ByteBuffer.wrap(Resources.bytes("resize.bin"));
        for (String[] row : Resources.table("resize.csv")) {
            RgbImage source = Resources.rgb("resize-" + row[0] + ".rgb", number(row[1]), number(row[2]));
            RgbImage resized = PillowResize.resize(source, number(row[3]), number(row[4]), Filter.valueOf(row[5]));

            byte[] wanted = new byte[3 * number(row[3]) * number(row[4])];
            expected.get(wanted);
            assertThat(resized.pixels()).as(String.join(" ", row)).isEqualTo(wanted);
        }
        assertThat(expected.hasRemaining()).isFalse();
    }

    @Test
    void sameSizeIsTheSamePicture() {
        RgbImage source = Resources.noise(9, 5);
        assertThat(PillowResize.resize(source, 9, 5, Filter.LANCZOS)).isEqualTo(source);
    }

    @Test
    void sizeBelowOneIsRefused() {
        assertThatThrownBy(() -> PillowResize.resize(Resources.noise(9, 5), 0, 5, Filter.BICUBIC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cannot resize to 0x5; both sides must be 1 or more");
    }

    private static int number(String field) {
        return Integer.parseInt(field);
    }
}
