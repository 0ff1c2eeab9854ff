package io.sparkinversion.image;

import javax.imageio.metadata.IIOMetadata;
import org.w3c.dom.Element;

/**
 * A GIF's frame (GIF89a, 20).
 *
 * @param left where it lies on its canvas
 * @param top likewise
 * @param interlaced whether its rows are stored in four passes
 */
record GifFrame(int left, int top, boolean interlaced) {
    static GifFrame of(IIOMetadata metadata) {
        Element root = (Element) metadata.getAsTree(metadata.getNativeMetadataFormatName());
        Element descriptor =
                (Element) root.getElementsByTagName("ImageDescriptor").item(0);
        return new GifFrame(
                Integer.parseInt(descriptor.getAttribute("imageLeftPosition")),
                Integer.parseInt(descriptor.getAttribute("imageTopPosition")),
                Boolean.parseBoolean(descriptor.getAttribute("interlaceFlag")));
    }
}
