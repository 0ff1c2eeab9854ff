package io.sparkinversion.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** How the gallery's pictures go into the page. */
enum GalleryPicture {
    /** As they are. */
    PNG,
    /** Copies: forty images with ten methods at 512 pixels would be a page of 200 MB. */
    SMALL_JPEG;

    static final int LARGEST_SIDE = 320;

    private static final long MOST_PNG_BYTES = 16L << 20;
    private static final float QUALITY = 0.9f;
    /** Pixels a side up to which a picture is shown as squares and not smoothed. */
    private static final int TINY = 128;

    /** Where a PNG file has its width, ISO/IEC 15948: after signature, length and the name IHDR. */
    private static final int WIDTH_OFFSET = 16;

    /**
     * @param address a {@code data:} address
     * @param tiny whether to show its pixels as squares
     */
    record Encoded(String address, boolean tiny) {}

    static GalleryPicture formatFor(Pictures pictures) {
        long bytes = Stream.concat(
                        pictures.originals().values().stream(),
                        pictures.reconstructions().values().stream().map(Map::values).flatMap(Collection::stream))
                .mapToLong(file -> file.length)
                .sum();
        return bytes > MOST_PNG_BYTES ? SMALL_JPEG : PNG;
    }

    Encoded encoded(byte[] png) {
        boolean tiny = png.length > WIDTH_OFFSET + 4 && ByteBuffer.wrap(png).getInt(WIDTH_OFFSET) <= TINY;
        return new Encoded(this == PNG ? Html.png(png) : Html.dataAddress("image/jpeg", jpeg(png)), tiny);
    }

    private static byte[] jpeg(byte[] png) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(QUALITY);
            writer.setOutput(stream);
            BufferedImage picture = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)));
            writer.write(null, new IIOImage(scaled(picture), null, null), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("a picture of the gallery cannot be converted to JPEG", e);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    private static BufferedImage scaled(BufferedImage image) {
        double factor = Math.min(1, (double) LARGEST_SIDE / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage copy = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = copy.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return copy;
    }
}
