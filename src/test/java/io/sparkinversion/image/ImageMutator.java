package io.sparkinversion.image;

import io.sparkinversion.fuzz.ByteMutator;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.InflaterOutputStream;

/** Damages image files inside of containers that stay whole, so that the damage reaches the codec. */
final class ImageMutator {
    private static final List<Integer> SIDES =
            List.of(0, 1, 2, 7, 8, 36, 38, 64, 1000, 16_383, 16_384, 65_535, 1 << 20, 1 << 24, 1 << 30, -1);
    private static final List<Integer> BMP_HEADERS = List.of(12, 16, 40, 52, 56, 64, 108, 124);

    private final ByteMutator bytes;

    ImageMutator(List<byte[]> corpus) {
        this.bytes = new ByteMutator(
                corpus,
                "\u00ff\u00d8",
                "\u00ff\u00d9",
                "\u00ff\u00da",
                "\u00ff\u00c4",
                "\u00ff\u00dd",
                "\u00ff\u00e1",
                "IHDR",
                "IDAT",
                "IEND",
                "PLTE",
                "eXIf",
                "RIFF",
                "WEBP",
                "VP8 ",
                "VP8L",
                "VP8X",
                "ANMF",
                "EXIF",
                "ALPH",
                "Exif\0\0",
                "\0\0\0\0",
                "\u00ff\u00ff\u00ff\u00ff");
    }

    byte[] mutate(String name, byte[] file, Random random) {
        if (random.nextInt(3) == 0) {
            return bytes.mutate(file, random);
        }
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "png" -> Part.png(png(Part.ofPng(file), random));
            case "jpg" -> Part.jpeg(jpeg(Part.ofJpeg(file), random));
            case "webp" -> Part.riff(webp(Part.ofRiff(file), random));
            default -> bmp(file, random);
        };
    }

    private List<Part> png(List<Part> parts, Random random) {
        switch (random.nextInt(5)) {
            case 0 -> {
                ByteBuffer header = ByteBuffer.wrap(parts.get(0).data());
                if (random.nextBoolean()) {
                    header.putInt(4 * random.nextInt(2), ByteMutator.any(SIDES, random));
                } else {
                    header.put(8 + random.nextInt(5), (byte) random.nextInt(18));
                }
            }
            case 1 -> parts.add(1, new Part("eXIf", ExifMutator.tiff(random)));
            case 2 -> {
                int data = indexOf("IDAT", parts);
                parts.set(
                        data, parts.get(data).with(recompressed(parts.get(data).data(), random)));
            }
            default -> {
                return shuffled(parts, random);
            }
        }
        return parts;
    }

    private List<Part> jpeg(List<Part> parts, Random random) {
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                int frame = indexOf("\u00c0", parts) < 0 ? indexOf("\u00c2", parts) : indexOf("\u00c0", parts);
                ByteBuffer header = ByteBuffer.wrap(parts.get(frame).data());
                if (random.nextBoolean()) {
                    header.putShort(
                            1 + 2 * random.nextInt(2),
                            ByteMutator.any(SIDES, random).shortValue());
                } else {
                    header.put(random.nextInt(header.capacity()), (byte) random.nextInt(0x45));
                }
            }
            case 2 -> parts.add(1, new Part("\u00e1", ExifMutator.app1(random)));
            case 3 -> {
                Part last = parts.get(parts.size() - 1);
                for (int count = random.nextInt(random.nextInt(8) == 0 ? 600 : 6); count > 0; count--) {
                    parts.add(last);
                }
            }
            default -> {
                return shuffled(parts, random);
            }
        }
        return parts;
    }

    private List<Part> webp(List<Part> parts, Random random) {
        if (random.nextInt(4) == 0) {
            parts.add(new Part("EXIF", ExifMutator.tiff(random)));
        }
        int at = indexOf("VP8X", parts);
        if (at >= 0 && random.nextBoolean()) {
            int side = ByteMutator.any(SIDES, random) - 1;
            byte[] canvas = parts.get(at).data();
            int field = 4 + 3 * random.nextInt(2);
            for (int i = 0; i < 3; i++) {
                canvas[field + i] = (byte) (side >> 8 * i);
            }
            return parts;
        }
        if (random.nextInt(5) == 0) {
            // A frame that holds everything, itself included.
            byte[] inner = Part.riff(parts);
            parts.add(random.nextInt(parts.size()), new Part("ANMF", Arrays.copyOfRange(inner, 0, inner.length)));
            return parts;
        }
        return shuffled(parts, random);
    }

    private byte[] bmp(byte[] file, Random random) {
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        switch (random.nextInt(4)) {
            case 0 -> {
                // With room for the fields of the longer headers.
                int size = ByteMutator.any(BMP_HEADERS, random);
                byte[] longer = Arrays.copyOf(file, file.length + 124);
                ByteBuffer fields =
                        ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(14, size);
                for (int at = 54; at + 4 <= 14 + size; at += 4) {
                    fields.putInt(at, (int) ByteMutator.extreme(random));
                }
                if (size >= 108 && random.nextBoolean()) {
                    int space = random.nextBoolean() ? 0x4d424544 : 0x4c494e4b; // embedded, or linked, profile
                    fields.putInt(70, space);
                }
                return longer;
            }
            case 1 -> header.putInt(18 + 4 * random.nextInt(2), ByteMutator.any(SIDES, random));
            case 2 -> header.putShort(28, (short) (1 << random.nextInt(7)));
            default -> header.putInt(10 + 4 * random.nextInt(10), (int) ByteMutator.extreme(random));
        }
        return file;
    }

    /** A part twice, less, elsewhere, or with damage inside. */
    private List<Part> shuffled(List<Part> parts, Random random) {
        List<Part> changed = new ArrayList<>(parts);
        int at = random.nextInt(changed.size());
        Part part = changed.get(at);
        switch (random.nextInt(6)) {
            case 0 -> changed.add(random.nextInt(changed.size()), part);
            case 1 -> changed.remove(at);
            case 2 -> {
                changed.remove(at);
                changed.add(random.nextInt(changed.size() + 1), part);
            }
            default -> changed.set(at, part.with(bytes.mutate(part.data(), random)));
        }
        return changed;
    }

    /** Damage beneath the compression: filters and samples that no encoder writes, rows too few or too many. */
    private byte[] recompressed(byte[] data, Random random) {
        ByteArrayOutputStream inflated = new ByteArrayOutputStream();
        try (InflaterOutputStream inflater = new InflaterOutputStream(inflated)) {
            inflater.write(data);
        } catch (java.io.IOException e) {
            return data;
        }
        byte[] rows = bytes.mutate(inflated.toByteArray(), random);
        Deflater deflater = new Deflater(1);
        deflater.setInput(rows);
        deflater.finish();
        byte[] compressed = new byte[rows.length + 100];
        int length = deflater.deflate(compressed);
        deflater.end();
        return Arrays.copyOf(compressed, length);
    }

    private static int indexOf(String type, List<Part> parts) {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).type().equals(type)) {
                return i;
            }
        }
        return -1;
    }
}
