package io.sparkinversion.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes 8-bit RGB PNG files (ISO/IEC 15948) without metadata. Equal images give equal bytes under one Java runtime.
 * Speed comes before size: each row takes the predictor with the smallest residuals, then a fast compression level.
 */
public final class PngEncoder {
    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private static final int COMPRESSION_LEVEL = 3;
    private static final int PREDICTORS = 5;
    private static final int BYTES_PER_PIXEL = RgbImage.CHANNELS;

    private PngEncoder() {}

    /** The image as a PNG file. */
    public static byte[] encode(RgbImage image) {
        ByteArrayOutputStream file = new ByteArrayOutputStream(image.pixels().length / 2 + 1024);
        file.writeBytes(SIGNATURE);
        byte[] header = ByteBuffer.allocate(13)
                .putInt(image.width())
                .putInt(image.height())
                .put((byte) 8) // bits a sample
                .put((byte) 2) // RGB
                .array(); // compression, filter method and interlacing stay 0
        chunk(file, "IHDR", header, header.length);
        imageData(file, image);
        chunk(file, "IEND", new byte[0], 0);
        return file.toByteArray();
    }

    private static void imageData(ByteArrayOutputStream file, RgbImage image) {
        int length = image.width() * BYTES_PER_PIXEL;
        byte[][] candidates = new byte[PREDICTORS][length + 1];
        byte[] above = new byte[length];
        byte[] row = new byte[length];
        byte[] compressed = new byte[1 << 16];
        Deflater deflater = new Deflater(COMPRESSION_LEVEL);
        try {
            for (int y = 0; y < image.height(); y++) {
                System.arraycopy(image.pixels(), y * length, row, 0, length);
                deflater.setInput(bestResiduals(row, above, candidates));
                drain(deflater, compressed, file);
                byte[] spare = above;
                above = row;
                row = spare;
            }
            deflater.finish();
            drain(deflater, compressed, file);
        } finally {
            deflater.end();
        }
    }

    private static void drain(Deflater deflater, byte[] buffer, ByteArrayOutputStream file) {
        for (int count = deflater.deflate(buffer); count > 0; count = deflater.deflate(buffer)) {
            chunk(file, "IDAT", buffer, count);
        }
    }

    private static byte[] bestResiduals(byte[] row, byte[] above, byte[][] candidates) {
        byte[] best = null;
        long least = Long.MAX_VALUE;
        for (int predictor = 0; predictor < PREDICTORS; predictor++) {
            byte[] residuals = candidates[predictor];
            predict(predictor, row, above, residuals);
            long cost = 0;
            for (int i = 1; i < residuals.length; i++) {
                cost += Math.abs(residuals[i]);
            }
            if (cost < least) {
                least = cost;
                best = residuals;
            }
        }
        return best;
    }

    private static void predict(int predictor, byte[] row, byte[] above, byte[] residuals) {
        residuals[0] = (byte) predictor;
        for (int i = 0; i < row.length; i++) {
            int left = i < BYTES_PER_PIXEL ? 0 : row[i - BYTES_PER_PIXEL] & 0xff;
            int up = above[i] & 0xff;
            int prediction =
                    switch (predictor) {
                        case 0 -> 0;
                        case 1 -> left;
                        case 2 -> up;
                        case 3 -> (left + up) / 2;
                        default -> paeth(left, up, i < BYTES_PER_PIXEL ? 0 : above[i - BYTES_PER_PIXEL] & 0xff);
                    };
            residuals[i + 1] = (byte) (row[i] - prediction);
        }
    }

    /** Of left, up and upper left, the one nearest to left + up - upper left; in that order on a tie. */
    private static int paeth(int left, int up, int upperLeft) {
        int toLeft = Math.abs(up - upperLeft);
        int toUp = Math.abs(left - upperLeft);
        int toUpperLeft = Math.abs(left + up - 2 * upperLeft);
        if (toLeft <= toUp && toLeft <= toUpperLeft) {
            return left;
        }
        return toUp <= toUpperLeft ? up : upperLeft;
    }

    private static void chunk(ByteArrayOutputStream file, String name, byte[] data, int length) {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 check = new CRC32();
        check.update(type);
        check.update(data, 0, length);
        file.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
        file.writeBytes(type);
        file.write(data, 0, length);
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) check.getValue()).array());
    }
}
