package io.sparkinversion.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The JDK's own ImageIO readers, whatever plug-ins the class path adds. Which class loader asks makes no difference, so
 * a Spark executor decodes as the driver does. The stream is cached in memory, never on disk.
 */
final class BuiltInReader {

    private final ImageReaderSpi provider;

    private BuiltInReader(ImageReaderSpi provider) {
        this.provider = provider;
    }

    /**
     * @param format ImageIO's name of it
     * @throws IllegalStateException if the JDK has no such reader (a run-time image without java.desktop)
     */
    static BuiltInReader of(String format) {
        // Through the registry, not ImageIO.getImageReaders: those would be sorted by plug-ins.
        Iterator<ImageReaderSpi> providers =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
        while (providers.hasNext()) {
            ImageReaderSpi candidate = providers.next();
            if (candidate.getClass().getModule() == ImageIO.class.getModule()
                    && candidate.getFormatNames()[0].equalsIgnoreCase(format)) {
                return new BuiltInReader(candidate);
            }
        }
        throw new IllegalStateException("this Java has no built-in " + format + " reader; is java.desktop complete?");
    }

    /** Decodes to samples; the listener hears of damage that the reader passes over. */
    RgbImage read(byte[] file, IIOReadWarningListener warnings) throws IOException {
        return use(file, warnings, reader -> {
            BufferedImage image = reader.read(0);
            return Samples.taken(image.getRaster(), image.getColorModel());
        });
    }

    /** Decodes to the components as stored, without any colour conversion. */
    Raster readRaster(byte[] file, IIOReadWarningListener warnings) throws IOException {
        return use(file, warnings, reader -> reader.readRaster(0, null));
    }

    /** Runs the action on a fresh reader of these bytes: readers are not thread-safe, providers are. */
    <T> T use(byte[] file, IIOReadWarningListener warnings, Action<T> action) throws IOException {
        ImageReader reader = provider.createReaderInstance();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(stream, true, true);
            reader.addIIOReadWarningListener(warnings);
            return action.on(reader);
        } finally {
            reader.dispose();
        }
    }

    /** What to do with a reader. */
    @FunctionalInterface
    interface Action<T> {
        T on(ImageReader reader) throws IOException;
    }
}
