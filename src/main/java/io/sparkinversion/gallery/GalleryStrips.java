package io.sparkinversion.gallery;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A Spark task that writes the gallery's pictures, named by the keys of their rows. An existing file is not written
 * again.
 *
 * @param folder address of the page's folder
 * @param fileSystems Hadoop's settings as the session has them
 */
record GalleryStrips(String folder, Broadcast<SerializableConfiguration> fileSystems)
        implements MapPartitionsFunction<Row, Row> {
    /** What comes in: the row's key, and PNG files. */
    static final List<String> COLUMNS =
            List.of("row_key", "original.bytes", "reconstruction.bytes", "edited.bytes", "mask.bytes");

    /** What comes out: the row's key and the picture's address below the page's folder. */
    static final StructType WRITTEN =
            new StructType().add("row_key", DataTypes.StringType).add("picture", DataTypes.StringType);

    private static final String PICTURES = "gallery/";
    private static final int HALF = 128;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws IOException {
        FileSystem files = new Path(folder).getFileSystem(fileSystems.value().value());
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Row next() {
                return write(files, rows.next());
            }
        };
    }

    private Row write(FileSystem files, Row row) {
        String key = row.getString(0);
        try {
            EditStrip strip = EditStrip.encode(
                    (byte[]) row.get(1), (byte[]) row.get(2), (byte[]) row.get(3), mask((byte[]) row.get(4)));
            String name = PICTURES + key.substring(0, 2) + "/" + key + "." + strip.extension();
            Path path = new Path(folder, name);
            if (!files.exists(path)) {
                try (OutputStream out = files.create(path, true)) {
                    out.write(strip.file());
                }
            }
            return RowFactory.create(key, name);
        } catch (IOException | ImageException e) {
            throw new JobException("cannot write the gallery's picture of row " + key + ": " + e.getMessage(), e);
        }
    }

    private static PixelMask mask(byte[] png) throws ImageException {
        if (png == null) {
            return null;
        }
        RgbImage picture = ImageDecoder.decode(png, Integer.MAX_VALUE);
        boolean[] inside = new boolean[picture.width() * picture.height()];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = Byte.toUnsignedInt(picture.pixels()[RgbImage.CHANNELS * i]) >= HALF;
        }
        return new PixelMask(picture.width(), picture.height(), inside);
    }
}
