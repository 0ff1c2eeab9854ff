package io.sparkinversion.gallery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.image.PixelMask;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class EditStripTest {
    @Test
    void smallPicturesStandSideBySideWithoutLoss() throws IOException {
        byte[] original = MadeUpEdits.drawn("original", 64);
        byte[] edited = MadeUpEdits.drawn("edited", 64);

        EditStrip strip = EditStrip.encode(original, MadeUpEdits.plain(64, 64, 1, 2, 3), edited, null);

        assertThat(strip.panels()).isEqualTo(3);
        assertThat(strip.extension()).isEqualTo("png");
        BufferedImage picture = read(strip);
        assertThat(picture.getWidth()).isEqualTo(3 * 64);
        assertThat(picture.getHeight()).isEqualTo(64);
        assertThat(square(picture, 0)).containsExactly(square(image(original), 0));
        assertThat(square(picture, 1)).containsOnly(0xff010203);
        assertThat(square(picture, 2)).containsExactly(square(image(edited), 0));
    }

    @Test
    void theMaskIsTheOriginalAQuarterAsBrightOutside() throws IOException {
        byte[] original = MadeUpEdits.plain(4, 4, 200, 101, 7);
        PixelMask mask = new PixelMask(2, 1, new boolean[] {false, true});

        EditStrip strip = EditStrip.encode(original, original, original, mask);

        assertThat(strip.panels()).isEqualTo(4);
        BufferedImage picture = read(strip);
        assertThat(picture.getWidth()).isEqualTo(16);
        for (int y = 0; y < 4; y++) {
            assertThat(picture.getRGB(12, y)).isEqualTo(0xff000000 | 50 << 16 | 25 << 8 | 1);
            assertThat(picture.getRGB(13, y)).isEqualTo(0xff000000 | 50 << 16 | 25 << 8 | 1);
            assertThat(picture.getRGB(14, y)).isEqualTo(0xff000000 | 200 << 16 | 101 << 8 | 7);
            assertThat(picture.getRGB(15, y)).isEqualTo(0xff000000 | 200 << 16 | 101 << 8 | 7);
        }
    }

    @Test
    void largePicturesAreSmallJpegsThatDoNotRunIntoEachOther() throws IOException {
        byte[] white = MadeUpEdits.plain(512, 512, 255, 255, 255);
        byte[] black = MadeUpEdits.plain(512, 512, 0, 0, 0);

        EditStrip strip = EditStrip.encode(white, black, white, null);

        assertThat(strip.extension()).isEqualTo("jpg");
        assertThat(strip.file()).startsWith(0xff, 0xd8);
        BufferedImage picture = read(strip);
        assertThat(picture.getWidth()).isEqualTo(3 * 320);
        assertThat(picture.getHeight()).isEqualTo(320);
        assertThat(square(picture, 0)).containsOnly(0xffffffff);
        assertThat(square(picture, 1)).containsOnly(0xff000000);
        assertThat(square(picture, 2)).containsOnly(0xffffffff);
    }

    @Test
    void panelsOfJpegsAreWholeBlocks() throws IOException {
        byte[] picture = MadeUpEdits.drawn("a", 200);

        assertThat(read(EditStrip.encode(picture, picture, picture, null)).getHeight())
                .isEqualTo(192);
    }

    @Test
    void panelsAreSquareWhateverThePicture() throws IOException {
        byte[] wide = MadeUpEdits.plain(6, 2, 9, 9, 9);

        BufferedImage picture = read(EditStrip.encode(wide, wide, wide, null));

        assertThat(picture.getWidth()).isEqualTo(18);
        assertThat(picture.getHeight()).isEqualTo(6);
        assertThat(picture.getRGB(0, 1)).isEqualTo(0xff808080);
        assertThat(picture.getRGB(0, 2)).isEqualTo(0xff090909);
        assertThat(picture.getRGB(17, 3)).isEqualTo(0xff090909);
        assertThat(picture.getRGB(17, 4)).isEqualTo(0xff808080);
    }

    @Test
    void saysWhichPictureIsWrong() {
        byte[] four = MadeUpEdits.plain(4, 4, 0, 0, 0);

        assertThatThrownBy(() -> EditStrip.encode(four, four, MadeUpEdits.plain(8, 4, 0, 0, 0), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the edit is 8x4 and its original 4x4; they are shown side by side and must be of one "
                        + "size");
        assertThatThrownBy(() -> EditStrip.encode(four, "no".getBytes(StandardCharsets.UTF_8), four, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("cannot show the reconstruction: the file is text, not an image");
    }

    private static BufferedImage read(EditStrip strip) throws IOException {
        return image(strip.file());
    }

    private static BufferedImage image(byte[] file) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(file));
    }

    /** The pixels of a panel. */
    private static int[] square(BufferedImage strip, int panel) {
        int side = strip.getHeight();
        return strip.getRGB(panel * side, 0, side, side, null, 0, side);
    }
}
