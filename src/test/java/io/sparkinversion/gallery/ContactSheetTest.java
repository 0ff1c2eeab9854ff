package io.sparkinversion.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.gallery.ContactSheet.Cell;
import io.sparkinversion.image.RgbImage;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
    private static final int RGB = 0xffffff;

    @Test
    void imagesKeepTheirAspectRatio() {
        byte[] red = new byte[3 * 90 * 30];
        for (int i = 0; i < red.length; i += 3) {
            red[i] = (byte) 255;
        }
        RgbImage wide = new RgbImage(90, 30, red);
        RgbImage tall = new RgbImage(30, 90, red);

        BufferedImage sheet = ContactSheet.of(List.of(new Cell(List.of(wide, tall), "a label")), 1, 90);

        int[] pixels = sheet.getRGB(0, 0, sheet.getWidth(), sheet.getHeight(), null, 0, sheet.getWidth());
        assertThat(Arrays.stream(pixels).filter(pixel -> (pixel & RGB) == 0xff0000))
                .hasSize(2 * 90 * 30);
    }
}
