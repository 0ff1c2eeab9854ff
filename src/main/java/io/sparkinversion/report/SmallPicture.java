package io.sparkinversion.report;

import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.PillowResize;
import io.sparkinversion.image.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Copies of a run's pictures, small enough for a page. */
public final class SmallPicture {
    /** Pixels a side. */
    public static final int LARGEST_SIDE = 320;

    /** Pixels a side up to which a picture is shown as squares and not smoothed. */
    public static final int TINY = 128;

    private static final float QUALITY = 0.9f;

    private SmallPicture() {}

    /**
     * @param what names the picture in the exception
     * @throws IllegalArgumentException if the file does not decode
     */
    public static RgbImage decoded(byte[] file, String what) {
        try {
            return ImageDecoder.decode(file, Integer.MAX_VALUE);
        } catch (ImageException e) {
            throw new IllegalArgumentException("cannot show the " + what + ": " + e.getMessage(), e);
        }
    }

    /** Scaled down until its longer side fits; the image itself if it does. */
    public static RgbImage fitted(RgbImage image, int side) {
        double factor = Math.min(1, (double) side / Math.max(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(image.width() * factor));
        int height = Math.max(1, (int) Math.round(image.height() * factor));
        return PillowResize.resize(image, width, height, PillowResize.Filter.BICUBIC);
    }

    public static byte[] jpeg(RgbImage image) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(QUALITY);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image.toBufferedImage(), null, null), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a picture of " + image.size() + " as JPEG", e);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }
}
