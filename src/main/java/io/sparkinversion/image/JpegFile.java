package io.sparkinversion.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * JPEG (ITU-T T.81) by way of the JDK's libjpeg, from which only the raw components are taken: this class walks the
 * markers, hands on what the entropy decoder needs, and converts the colours itself. So damaged or exotic metadata
 * cannot fail a picture, no colour profile is applied, and the colours are libjpeg-turbo's to the bit.
 */
record JpegFile(
        int width,
        int height,
        Orientation orientation,
        JpegColour colour,
        int components,
        byte[] bare,
        byte[] profile,
        boolean repaired,
        boolean truncated)
        implements EncodedImage {

    private static final BuiltInReader READER = BuiltInReader.of("jpeg");

    /** Each scan of a progressive file costs a pass over the picture; encoders write about ten. */
    private static final int MAX_SCANS = 500;

    /** More than that are taken of small pictures only: each takes half a second where there are 100 million pixels. */
    private static final int COMMON_SCANS = 64;

    private static final long MAX_SCANNED_PIXELS = 2_000_000_000;

    /** Each block of 8 x 8 samples of the finest component has a code, which has a bit at least. */
    private static final int MOST_PIXELS_A_BYTE = 8 * 64;

    private static final int SOF0 = 0xc0;
    private static final int SOF2 = 0xc2;
    private static final int DHT = 0xc4;
    private static final int RST0 = 0xd0;
    private static final int RST7 = 0xd7;
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int DQT = 0xdb;
    private static final int DRI = 0xdd;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP2 = 0xe2;
    private static final int APP14 = 0xee;
    private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";
    private static final byte[] ALL_COEFFICIENTS = {0, 63, 0};

    /**
     * An Adobe segment that declares "no transform": it makes the decoder deliver the components as they are stored,
     * which no read parameter does.
     */
    private static final byte[] RAW_COMPONENTS = {
        (byte) 0xff, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };

    /** @param repaired whether bytes before the file were left out */
    static JpegFile open(byte[] file, PixelLimit limit, Decoding how, boolean repaired) throws ImageException {
        return new Walk(file, limit, how, repaired).toEnd();
    }

    @Override
    public String format() {
        return "JPEG";
    }

    @Override
    public int bytesPerPixel() {
        // Three components become the image in place.
        return components == RgbImage.CHANNELS ? RgbImage.CHANNELS : components + RgbImage.CHANNELS;
    }

    @Override
    public Decoded decode(Decoding how) throws IOException, ImageException {
        List<String> damage = new ArrayList<>();
        int[] rowsDone = {0, 0};
        Raster samples = READER.use(
                bare,
                (reader, warning) -> {
                    // Padding before a marker is common and harmless; every other warning means lost picture data.
                    if (!warning.contains("extraneous bytes before marker")) {
                        rowsDone[1] = damage.isEmpty() ? rowsDone[0] : rowsDone[1];
                        damage.add(warning);
                    }
                },
                reader -> {
                    reader.addIIOReadUpdateListener(new RowCount(rowsDone));
                    return reader.readRaster(0, null);
                });
        boolean missing = truncated && damage.stream().allMatch(warning -> warning.contains("remature end"));
        if (!damage.isEmpty() && !missing) {
            throw ImageException.corrupt("JPEG data are damaged: %s", damage.get(0));
        }
        Integer from = !truncated ? null : damage.isEmpty() ? height : Integer.valueOf(Math.min(height, rowsDone[1]));
        return new Decoded(colour.convert(samples), null, from, colour == JpegColour.GREY);
    }

    /** Counts the rows that the decoder has delivered. */
    private record RowCount(int[] rows) implements RowListener {
        @Override
        public void row(int y) {
            rows[0] = Math.max(rows[0], y + 1);
        }
    }

    /** One pass over the markers. */
    private static final class Walk {

        private final byte[] file;
        private final PixelLimit limit;
        private final boolean allowTruncated;
        private final ByteArrayOutputStream bare = new ByteArrayOutputStream();
        private final SortedMap<Integer, byte[]> profile = new TreeMap<>();
        private boolean repaired;
        private boolean truncated;
        private boolean sequential;
        private byte[] xmp;
        private int position = 2;
        private int scans;
        private int width;
        private int height;
        private int[] componentIds;
        private boolean jfif;
        private int adobeTransform = -1;
        private byte[] exif;

        Walk(byte[] file, PixelLimit limit, Decoding how, boolean repaired) {
            this.file = file;
            this.limit = limit;
            this.allowTruncated = how.allowTruncated();
            this.repaired = repaired;
            bare.write(file, 0, 2);
        }

        JpegFile toEnd() throws ImageException {
            int marker = nextMarker();
            while (marker != EOI) {
                segment(marker);
                marker = truncated ? EOI : nextMarker();
            }
            if (scans == 0) {
                throw ImageException.corrupt("JPEG ends without any picture data");
            }
            // The codec would fill up what is missing, after it has made room for all that the header claims.
            if (!truncated && (long) width * height > (long) MOST_PIXELS_A_BYTE * bare.size()) {
                throw ImageException.corrupt(
                        "JPEG has %d bytes, too few for %d x %d pixels", bare.size(), width, height);
            }
            bare.write(0xff);
            bare.write(EOI);
            return new JpegFile(
                    width,
                    height,
                    Orientation.of(exif, xmp),
                    JpegColour.of(componentIds, jfif, adobeTransform),
                    componentIds.length,
                    bare.toByteArray(),
                    profile.isEmpty() ? null : wholeProfile(),
                    repaired,
                    truncated);
        }

        /** A profile may be in several segments, which are numbered from 1 (ICC.1, B.4). */
        private byte[] wholeProfile() {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            profile.values().forEach(whole::writeBytes);
            return whole.toByteArray();
        }

        /** Bytes that belong to no segment are passed over, as libjpeg does: real files have them. */
        private int nextMarker() throws ImageException {
            int marker = 0;
            while (marker == 0) {
                while (position < file.length && byteAt(position) != 0xff) {
                    position++;
                }
                while (position < file.length && byteAt(position) == 0xff) {
                    position++;
                }
                if (position >= file.length) {
                    if (endsEarly()) {
                        return EOI;
                    }
                    throw ImageException.corrupt(
                            "JPEG is truncated: %d bytes without an end-of-image marker", file.length);
                }
                marker = byteAt(position++);
            }
            return marker;
        }

        /** Whether the file may end here: some of the picture is there. */
        private boolean endsEarly() {
            truncated = allowTruncated && scans > 0;
            return truncated;
        }

        private void segment(int marker) throws ImageException {
            if (marker == SOI || marker >= RST0 && marker <= RST7) {
                throw ImageException.corrupt("JPEG has marker ff%02x at byte %d, out of place", marker, position - 2);
            }
            int length = position + 1 < file.length ? byteAt(position) << 8 | byteAt(position + 1) : 0;
            if (length < 2 || position + length > file.length) {
                if (length >= 2 && endsEarly()) {
                    return;
                }
                throw ImageException.corrupt(
                        "JPEG is truncated inside its segment ff%02x at byte %d", marker, position - 2);
            }
            int data = position + 2;
            position += length;
            boolean frame = marker >= SOF0 && marker <= 0xcf && marker != DHT && marker != 0xc8 && marker != 0xcc;
            if (frame) {
                frame(marker, data, length - 2);
            } else if (marker == APP0) {
                jfif |= length >= 16 && startsWith(data, "JFIF\0");
            } else if (marker == APP14 && length >= 14 && startsWith(data, "Adobe")) {
                adobeTransform = byteAt(data + 11);
            } else if (marker == APP1 && exif == null) {
                byte[] content = Arrays.copyOfRange(file, data, position);
                exif = Orientation.startsWithMarker(content) ? content : null;
            } else if (marker == APP2 && length > 16 && startsWith(data, "ICC_PROFILE\0")) {
                profile.putIfAbsent(byteAt(data + 12), Arrays.copyOfRange(file, data + 14, position));
            }
            if (marker == APP1 && xmp == null && length > XMP.length() && startsWith(data, XMP)) {
                xmp = Arrays.copyOfRange(file, data, position);
            }
            if (frame || marker == DHT || marker == DQT || marker == DRI) {
                copy(marker, data - 2);
            } else if (marker == SOS) {
                scan(data);
            }
        }

        private void frame(int marker, int data, int length) throws ImageException {
            if (componentIds != null) {
                throw ImageException.corrupt("JPEG has two frame headers");
            }
            if (marker > SOF2) {
                throw ImageException.unsupported(
                        "JPEG of coding process SOF%d (lossless, differential or arithmetic) is not supported",
                        marker - SOF0);
            }
            int components = length >= 6 ? byteAt(data + 5) : 0;
            if (length != 6 + 3 * components) {
                throw ImageException.corrupt("JPEG frame header has %d bytes for %d components", length, components);
            }
            if (byteAt(data) != 8 || components != 1 && components != 3 && components != 4) {
                throw ImageException.unsupported(
                        "JPEG of %d components with %d bits is not supported; re-save it as"
                                + " grey, RGB or CMYK with 8 bits",
                        components, byteAt(data));
            }
            height = byteAt(data + 1) << 8 | byteAt(data + 2);
            width = byteAt(data + 3) << 8 | byteAt(data + 4);
            limit.check("JPEG", width, height);
            sequential = marker != SOF2;
            componentIds = new int[components];
            for (int i = 0; i < components; i++) {
                componentIds[i] = byteAt(data + 6 + 3 * i);
            }
            if (components > 1) {
                bare.writeBytes(RAW_COMPONENTS);
            }
        }

        private void scan(int data) throws ImageException {
            if (componentIds == null) {
                throw ImageException.corrupt("JPEG has picture data before its frame header");
            }
            scans++;
            if (scans > MAX_SCANS || scans > COMMON_SCANS && (long) width * height * scans > MAX_SCANNED_PIXELS) {
                throw ImageException.corrupt("JPEG of %d x %d pixels has more than %d scans", width, height, scans - 1);
            }
            // Entropy-coded data end at the first ff that is neither stuffed (ff00) nor a restart marker nor fill.
            while (position + 1 < file.length && !(byteAt(position) == 0xff && endsScan(byteAt(position + 1)))) {
                position++;
            }
            if (position + 1 >= file.length) {
                if (!endsEarly()) {
                    throw ImageException.corrupt(
                            "JPEG is truncated inside its picture data: %d bytes without an end-of-image marker",
                            file.length);
                }
                // Half a marker would be read as one.
                position = file.length - (byteAt(file.length - 1) == 0xff ? 1 : 0);
            }
            copyScan(data);
        }

        /**
         * A sequential scan has all coefficients (B.2.3: 0, 63 and 0), so that some phones write zeros there, which the
         * decoder would complain of.
         */
        private void copyScan(int data) {
            int components = byteAt(data);
            int parameters = data + 1 + 2 * components;
            boolean zeroed = sequential
                    && parameters + 2 < position
                    && (byteAt(parameters) != 0 || byteAt(parameters + 1) != 63 || byteAt(parameters + 2) != 0);
            if (!zeroed) {
                copy(SOS, data - 2);
                return;
            }
            repaired = true;
            bare.write(0xff);
            bare.write(SOS);
            bare.write(file, data - 2, parameters - data + 2);
            bare.writeBytes(ALL_COEFFICIENTS);
            bare.write(file, parameters + 3, position - parameters - 3);
        }

        private static boolean endsScan(int code) {
            return code != 0 && code != 0xff && !(code >= RST0 && code <= RST7);
        }

        /** Copies marker, length and everything up to the current position. */
        private void copy(int marker, int from) {
            bare.write(0xff);
            bare.write(marker);
            bare.write(file, from, position - from);
        }

        private int byteAt(int index) {
            return file[index] & 0xff;
        }

        private boolean startsWith(int at, String text) {
            byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
            return Arrays.equals(file, at, at + wanted.length, wanted, 0, wanted.length);
        }
    }
}
