package io.sparkinversion.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageReadParam;

/**
 * PNG (ISO/IEC 15948) by way of the JDK's reader, which gets the critical chunks only: text, time, gamma, profiles and
 * transparency cannot fail a picture or change its samples. The checksums of those chunks are verified here, since the
 * JDK's reader does not.
 *
 * @param bits of a pixel
 * @param transparent the tRNS chunk: opacity by index of the palette, or one colour; null where there is none
 */
record PngFile(
        int width,
        int height,
        Orientation orientation,
        int bits,
        byte[] bare,
        byte[] transparent,
        byte[] profile,
        boolean truncated)
        implements EncodedImage {

    private static final BuiltInReader READER = BuiltInReader.of("png");
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHUNK_OVERHEAD = 12;
    private static final int HEADER_DATA = 16;
    /** The most that zlib's format can make of a byte: a run of 258 for two bits. */
    private static final int MOST_INFLATION = 1032;

    private static final int PLAIN_RGB_BITS = 24;

    static PngFile open(byte[] file, PixelLimit limit, Decoding how) throws ImageException {
        return new Walk(file, limit, how).toEnd();
    }

    @Override
    public String format() {
        return "PNG";
    }

    @Override
    public int bytesPerPixel() {
        // 8-bit RGB becomes the image in place.
        return bits == PLAIN_RGB_BITS && transparent == null && !truncated
                ? RgbImage.CHANNELS
                : (bits + 7) / 8 + RgbImage.CHANNELS + 1;
    }

    @Override
    public Decoded decode(Decoding how) throws IOException, ImageException {
        if (truncated) {
            return upTo();
        }
        return READER.use(bare, (reader, warning) -> {}, reader -> {
            BufferedImage image = reader.read(0);
            // Before the raster's own array becomes the picture's.
            Transparency transparency = transparency(image);
            boolean grey = image.getRaster().getNumBands() < 3 && !(image.getColorModel() instanceof IndexColorModel);
            return new Decoded(Samples.taken(image.getRaster(), image.getColorModel()), transparency, null, grey);
        });
    }

    /** As many rows as there are. */
    private Decoded upTo() throws IOException {
        int[] rows = {0};
        RowListener counting = y -> rows[0] = Math.max(rows[0], y + 1);
        return READER.use(bare, (reader, warning) -> {}, reader -> {
            ImageReadParam parameters = reader.getDefaultReadParam();
            BufferedImage image = reader.getImageTypes(0).next().createBufferedImage(width, height);
            parameters.setDestination(image);
            reader.addIIOReadUpdateListener(counting);
            try {
                reader.read(0, parameters);
                rows[0] = height;
            } catch (IOException | RuntimeException e) {
                // What is decoded stays.
            }
            boolean grey = image.getRaster().getNumBands() < 3 && !(image.getColorModel() instanceof IndexColorModel);
            return new Decoded(
                    Samples.rgb(image.getRaster(), image.getColorModel()), transparency(image), rows[0], grey);
        });
    }

    private Transparency transparency(BufferedImage image) {
        int bands = image.getRaster().getNumBands();
        if (bands == 2 || bands == 4) {
            return Transparency.ofLastBand(image.getRaster());
        }
        if (transparent == null) {
            return null;
        }
        if (image.getColorModel() instanceof IndexColorModel) {
            return Transparency.ofPalette(image.getRaster(), transparent);
        }
        if (transparent.length < bands * Short.BYTES) {
            return null;
        }
        int[] colour = new int[bands];
        for (int band = 0; band < bands; band++) {
            colour[band] = (transparent[2 * band] & 0xff) << 8 | transparent[2 * band + 1] & 0xff;
        }
        return Transparency.ofColour(image.getRaster(), colour);
    }

    /** One pass over the chunks. */
    private static final class Walk {

        private final byte[] file;
        private final PixelLimit limit;
        private final ByteBuffer numbers;
        private final ByteArrayOutputStream bare = new ByteArrayOutputStream();
        private int position = SIGNATURE.length;
        private int width;
        private int height;
        private long dataBytes;
        private final boolean allowTruncated;
        private byte[] exif;
        private byte[] xmp;
        private byte[] transparent;
        private byte[] profile;
        private boolean truncated;

        Walk(byte[] file, PixelLimit limit, Decoding how) {
            this.allowTruncated = how.allowTruncated();
            this.file = file;
            this.limit = limit;
            this.numbers = ByteBuffer.wrap(file);
        }

        PngFile toEnd() throws ImageException {
            if (file.length < SIGNATURE.length
                    || !Arrays.equals(file, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
                throw ImageException.corrupt(
                        "PNG signature is damaged; was the file truncated, or transferred as text?");
            }
            bare.writeBytes(SIGNATURE);
            header();
            String type;
            do {
                type = chunk();
            } while (!type.equals("IEND"));
            if (dataBytes == 0) {
                throw ImageException.corrupt("PNG has no picture data (no IDAT chunk)");
            }
            int bits = bits(file[HEADER_DATA + 9], file[HEADER_DATA + 8]);
            // Before the codec makes room for all that the header claims.
            if (!truncated && (long) width * height > MOST_INFLATION * dataBytes * 8 / bits) {
                throw ImageException.corrupt(
                        "PNG has %d bytes of picture data, too few for %d x %d pixels of %d bits",
                        dataBytes, width, height, bits);
            }
            return new PngFile(
                    width,
                    height,
                    Orientation.of(exif, xmp),
                    bits,
                    bare.toByteArray(),
                    transparent,
                    profile,
                    truncated);
        }

        private void header() throws ImageException {
            if (file.length < position + 16
                    || numbers.getInt(position) != 13
                    || !typeAt(position).equals("IHDR")) {
                throw ImageException.corrupt("PNG does not begin with a whole IHDR chunk");
            }
            width = numbers.getInt(position + 8);
            height = numbers.getInt(position + 12);
            limit.check("PNG", width, height);
        }

        /** By the colour type (11.2.2 of the standard) and the bits of a sample. */
        private static int bits(int colourType, int depth) throws ImageException {
            int samples =
                    switch (colourType) {
                        case 0, 3 -> 1;
                        case 2 -> 3;
                        case 4 -> 2;
                        case 6 -> 4;
                        default -> 0;
                    };
            if (samples == 0 || depth < 1 || depth > 16) {
                throw ImageException.corrupt("PNG has colour type %d with %d bits a sample", colourType, depth);
            }
            return samples * depth;
        }

        private String chunk() throws ImageException {
            if (file.length - position < CHUNK_OVERHEAD) {
                if (endsEarly(0)) {
                    return "IEND";
                }
                throw ImageException.corrupt(
                        "PNG is truncated: it ends after %d bytes without an IEND chunk", file.length);
            }
            int length = numbers.getInt(position);
            String type = typeAt(position);
            if (length < 0 || length > file.length - position - CHUNK_OVERHEAD) {
                if (length > 0 && endsEarly(type.equals("IDAT") ? file.length - position - 8 : 0)) {
                    return "IEND";
                }
                throw ImageException.corrupt(
                        "PNG is truncated: its %s chunk at byte %d claims %d bytes, %d are left",
                        printable(type), position, length & 0xffffffffL, file.length - position - CHUNK_OVERHEAD);
            }
            boolean critical = Character.isUpperCase(type.charAt(0));
            if (critical) {
                verifyChecksum(type, length);
                bare.write(file, position, length + CHUNK_OVERHEAD);
            } else {
                ancillary(type, Arrays.copyOfRange(file, position + 8, position + 8 + length));
            }
            dataBytes += type.equals("IDAT") ? length : 0;
            position += length + CHUNK_OVERHEAD;
            return type;
        }

        /** What is beside the picture; where it is damaged, it is not there. */
        private void ancillary(String type, byte[] data) {
            switch (type) {
                case "eXIf" -> exif = exif == null ? data : exif;
                case "tRNS" -> transparent = data;
                case "iCCP" -> profile = PngText.profile(data);
                case "tEXt", "zTXt", "iTXt" -> {
                    PngText text = PngText.of(type, data);
                    exif = exif == null ? text.exif() : exif;
                    xmp = xmp == null ? text.xmp() : xmp;
                }
                default -> {
                    // Nothing that changes the picture.
                }
            }
        }

        /** Whether the file may end here; part of a chunk of picture data is taken with it. */
        private boolean endsEarly(int partOfData) {
            truncated = allowTruncated && dataBytes + partOfData > 0;
            if (truncated && partOfData > 0) {
                byte[] content = Arrays.copyOfRange(file, position + 4, position + 8 + partOfData);
                CRC32 checksum = new CRC32();
                checksum.update(content);
                bare.writeBytes(
                        ByteBuffer.allocate(Integer.BYTES).putInt(partOfData).array());
                bare.writeBytes(content);
                bare.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) checksum.getValue())
                        .array());
                dataBytes += partOfData;
            }
            return truncated;
        }

        private void verifyChecksum(String type, int length) throws ImageException {
            CRC32 checksum = new CRC32();
            checksum.update(file, position + 4, length + 4);
            if ((int) checksum.getValue() != numbers.getInt(position + 8 + length)) {
                throw ImageException.corrupt(
                        "PNG %s chunk at byte %d does not match its checksum", printable(type), position);
            }
        }

        private String typeAt(int chunk) {
            return new String(file, chunk + 4, 4, StandardCharsets.ISO_8859_1);
        }

        private static String printable(String type) {
            return type.replaceAll("[^A-Za-z]", "?");
        }
    }
}
