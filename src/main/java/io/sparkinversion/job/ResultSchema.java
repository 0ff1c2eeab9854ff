package io.sparkinversion.job;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of the three result tables. Each column's comment goes into the Parquet files and is the documentation;
 * every column may be null.
 */
public final class ResultSchema {
    /** Raised when a column changes its meaning: rows of another version are never reused. */
    public static final int VERSION = 2;

    /** Value of {@code status} for an image that has results. */
    public static final String OK = "ok";
    /** Value of {@code status} for an image that has none. */
    public static final String FAILED = "failed";

    /** One row per image and method, failed images included. */
    public static final StructType METRICS = new Columns()
            .text("image_id", "the image, unique in the run")
            .text("path", "where its bytes were read")
            .text("caption", "the source prompt")
            .text("edit_prompt", "the target prompt; null where none is given")
            .text("method", "what it was reconstructed with")
            .text("status", "ok or failed")
            .real("psnr", "dB, reconstruction against original, 8-bit, data range 1; infinite where they are equal")
            .real("ssim", "likewise, Gaussian 11x11 window, sigma 1.5, mean over channels")
            .real("lpips", "likewise, perceptual distance; null where no LPIPS weights were given")
            .text("lpips_net", "the network of the lpips columns")
            .real("vae_psnr", "dB, the VAE's encode-decode alone against original: what no method exceeds by much")
            .real("vae_ssim", "SSIM of the same")
            .real("vae_lpips", "LPIPS of the same")
            .real("seconds_encode", "VAE and text encoding; a batch's time is divided evenly over its images")
            .real("seconds_inversion", "DDIM inversion, shared by the image's methods and charged to each that uses it")
            .real("seconds_reconstruction", "the method's own sampling")
            .real("seconds_decode", "VAE decoding")
            .real("seconds_total", "sum of the four")
            .whole("unet_evaluations", "UNet evaluations (forward passes of the image) of inversion and reconstruction")
            .whole("unet_evaluations_reconstruction", "those of the reconstruction alone")
            .whole("unet_gradients", "backward passes through the UNet")
            .column("null_text_inner_steps", DataTypes.createArrayType(DataTypes.IntegerType),
                    "updates of the null-text embedding, a value a step in denoising order; null for other methods")
            .column("null_text_cosine", DataTypes.createArrayType(DataTypes.DoubleType),
                    "cosine similarity of the optimised null-text embedding and the caption's, likewise")
            .big("peak_memory", "bytes, the most that the device's memory held while the method ran; null: not known")
            .whole("steps", "DDIM steps")
            .real("guidance", "classifier-free guidance scale of the reconstruction")
            .whole("batch_size", "images that shared the batch")
            .text("error_stage", "where a failed image failed")
            .text("error_code", "what kind of failure it was")
            .text("error_message", "what was wrong, where, and what to do")
            .whole("caption_tokens", "tokens of the caption before truncation, without start and end")
            .flag("caption_truncated", "whether the caption was longer than the text encoder takes")
            .text("image_sha256", "SHA-256 of the encoded image; null where it could not be read")
            .whole("image_width", "pixels after EXIF orientation, before the crop; 0 where it did not decode")
            .whole("image_height", "likewise")
            .big("image_bytes", "size of the encoded image as read")
            .big("file_size", "bytes of the file when the run was planned; resume compares it")
            .big("file_modified", "its modification time, milliseconds since 1970; resume compares it")
            .text("row_key", "SHA-256 of image hash, caption, edit prompt, method and settings key")
            .text("settings_key", "SHA-256 of all settings that change results")
            .text("executor", "Spark's executor id")
            .text("host", "its host")
            .text("device", "cpu or gpu:N")
            .type();

    /** An image as Hugging Face datasets stores it: the encoded file and its name. */
    public static final StructType IMAGE = new Columns()
            .binary("bytes", "PNG")
            .text("path", "file name")
            .type();

    /** One row per image and method; failed images have none. */
    public static final StructType IMAGES = new Columns()
            .text("image_id", "the image, unique in the run")
            .text("method", "what it was reconstructed with")
            .text("caption", "the source prompt")
            .column("original", IMAGE, "the source, cropped and resized")
            .column("reconstruction", IMAGE, "what the method made of the inverted latent")
            .column("edited", IMAGE, "the edit, where an edit prompt was given and the job edits")
            .type();

    /** One row per image; failed images have none. */
    public static final StructType LATENTS = new Columns()
            .text("image_id", "the image, unique in the run")
            .text("kind", "zT: the end of the DDIM inversion")
            .column("shape", DataTypes.createArrayType(DataTypes.IntegerType), "channels, height, width")
            .text("dtype", "float32")
            .binary("data", "the values, little endian, last axis fastest")
            .type();

    /** What a task returns for one image: its rows of the three tables. */
    static final StructType OUTCOME = new StructType()
            .add(Table.LATENTS.label(), new ArrayType(LATENTS, false))
            .add(Table.IMAGES.label(), new ArrayType(IMAGES, false))
            .add(Table.METRICS.label(), new ArrayType(METRICS, false));

    private ResultSchema() {}

    /**
     * A row with the values in the schema's order.
     *
     * @param values by column name; columns that are not named are null
     * @throws IllegalArgumentException if a name is no column of the schema
     */
    static Row row(StructType schema, Map<String, Object> values) {
        List<String> names = List.of(schema.fieldNames());
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("no column '" + name + "' in " + names);
            }
        }
        return RowFactory.create(names.stream().map(values::get).toArray());
    }

    /** Collects documented columns. */
    private static final class Columns {
        private StructType type = new StructType();

        Columns column(String name, DataType dataType, String comment) {
            type = type.add(name, dataType, true, comment);
            return this;
        }

        Columns text(String name, String comment) {
            return column(name, DataTypes.StringType, comment);
        }

        Columns real(String name, String comment) {
            return column(name, DataTypes.DoubleType, comment);
        }

        Columns whole(String name, String comment) {
            return column(name, DataTypes.IntegerType, comment);
        }

        Columns big(String name, String comment) {
            return column(name, DataTypes.LongType, comment);
        }

        Columns flag(String name, String comment) {
            return column(name, DataTypes.BooleanType, comment);
        }

        Columns binary(String name, String comment) {
            return column(name, DataTypes.BinaryType, comment);
        }

        StructType type() {
            return type;
        }
    }
}
