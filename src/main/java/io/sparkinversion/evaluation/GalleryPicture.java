package io.sparkinversion.evaluation;

import io.sparkinversion.image.RgbImage;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.SmallPicture;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Stream;

/** The form in which the gallery's pictures are in the page. */
enum GalleryPicture {
    /** Unchanged. */
    PNG,
    /** Copies: forty images with ten methods at 512 pixels would be a page of 200 MB. */
    SMALL_JPEG;

    private static final long MOST_PNG_BYTES = 16L << 20;

    /** Where a PNG file has its width, ISO/IEC 15948: after signature, length and the name IHDR. */
    private static final int WIDTH_OFFSET = 16;

    /**
     * @param address a {@code data:} address
     * @param tiny whether to show its pixels as squares
     */
    public record Encoded(String address, boolean tiny) {}

    static GalleryPicture formatFor(Pictures pictures) {
        long bytes = Stream.concat(
                        pictures.originals().values().stream(),
                        pictures.reconstructions().values().stream()
                                .map(Map::values)
                                .flatMap(Collection::stream))
                .mapToLong(file -> file.length)
                .sum();
        return bytes > MOST_PNG_BYTES ? SMALL_JPEG : PNG;
    }

    Encoded encoded(byte[] png) {
        boolean tiny = png.length > WIDTH_OFFSET + 4 && ByteBuffer.wrap(png).getInt(WIDTH_OFFSET) <= SmallPicture.TINY;
        return new Encoded(
                this == PNG ? HtmlPage.dataAddress("image/png", png) : HtmlPage.dataAddress("image/jpeg", jpeg(png)),
                tiny);
    }

    private static byte[] jpeg(byte[] png) {
        RgbImage picture = SmallPicture.decoded(png, "gallery's picture");
        return SmallPicture.jpeg(SmallPicture.fitted(picture, SmallPicture.LARGEST_SIDE));
    }
}
