package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class RgbImageTest {

    @Test
    void bufferedImageAndBackIsTheSame() {
        RgbImage image = Resources.noise(7, 5);
        assertThat(RgbImage.of(image.toBufferedImage())).isEqualTo(image);
        int first = image.toBufferedImage().getRGB(0, 0);
        assertThat((byte) (first >> 16)).as("red").isEqualTo(image.pixels()[0]);
    }

    @Test
    void greyKeepsItsNumbers() {
        // getRGB would take 100 for linear light and answer 167.
        BufferedImage grey = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 100);
        assertThat(RgbImage.of(grey).pixels()).containsExactly(100, 100, 100);
    }

    @Test
    void wrongArrayIsRefused() {
        assertThatThrownBy(() -> new RgbImage(4, 2, new byte[23]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image of 4x2 needs 24 bytes of pixels but has 23");
        assertThatThrownBy(() -> new RgbImage(0, 2, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image size is 0x2; both sides must be 1 or more");
    }

    @Test
    void centreSquareRoundsItsOffsetDown() {
        RgbImage wide = Resources.noise(8, 3);
        RgbImage square = SquareCrop.centre(wide);
        assertThat(square.size()).isEqualTo("3x3");
        assertThat(Arrays.copyOf(square.pixels(), 9)).isEqualTo(Arrays.copyOfRange(wide.pixels(), 6, 15));

        RgbImage tall = Resources.noise(3, 8);
        assertThat(SquareCrop.centre(tall).pixels()).isEqualTo(Arrays.copyOfRange(tall.pixels(), 18, 45));
        assertThat(SquareCrop.centre(square)).isSameAs(square);
    }

    @Test
    void pngIsReadByImageIoAndIsAlwaysTheSame() throws IOException {
        for (int[] size : new int[][] {{1, 1}, {64, 48}, {3, 200}, {400, 300}}) {
            RgbImage image = Resources.noise(size[0], size[1]);
            byte[] png = PngEncoder.encode(image);
            assertThat(RgbImage.of(ImageIO.read(new ByteArrayInputStream(png)))).isEqualTo(image);
            assertThat(PngEncoder.encode(image)).isEqualTo(png);
        }
    }
}
