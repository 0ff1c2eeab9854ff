package io.sparkinversion.output;

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
    public static final int VERSION = 3;

    /** Value of {@code status} for an image that has results. */
    public static final String OK = "ok";
    /** Value of {@code status} for an image that has none. */
    public static final String FAILED = "failed";

    /** One row per image and method, failed images included. */
    public static final StructType METRICS = new Columns()
            .text("image_id", "the image, unique in the run")
            .text("path", "where its bytes were read")
            .text("caption", "the source prompt")
            .whole("edit", "which of the image's edits, from 0; null where nothing is edited")
            .text("edit_prompt", "the target prompt; null where nothing is edited")
            .text("control", "how the edit was kept to the image; null where nothing is edited")
            .text(
                    "category",
                    "of the edit, as the dataset names it: PIE-Bench's editing_type_id; null where it does not")
            .text("method", "what it was inverted with")
            .text("status", "ok or failed")
            .real(
                    "psnr",
                    "dB, reconstruction against original, 8-bit, data range 1; infinite where they are equal. The"
                            + " reconstruction of an edit is the source branch that it was sampled beside")
            .real("ssim", "likewise, Gaussian 11x11 window, sigma 1.5, mean over channels")
            .real("lpips", "likewise, perceptual distance; null where no LPIPS weights were given")
            .text("lpips_net", "the network of the lpips columns")
            .real("vae_psnr", "dB, the VAE's encode-decode alone against original: what no method exceeds by much")
            .real("vae_ssim", "SSIM of the same")
            .real("vae_lpips", "LPIPS of the same")
            .real("edit_psnr", "dB, edited picture against original")
            .real("edit_ssim", "SSIM of the same")
            .real("edit_lpips", "LPIPS of the same")
            .text(
                    "mask",
                    "the region that the masked columns go by: dataset; or blend:METHOD, the region that local blend"
                            + " found with this method, for all methods of the run; null for none")
            .real("mask_share", "share of the picture's pixels inside of the mask")
            .real("outside_psnr", "dB, edited picture against original, mean over the pixels outside of the mask")
            .real("outside_ssim", "SSIM of the same, mean over the windows centred there")
            .real("outside_lpips", "LPIPS of the same, mean over the pixels there")
            .real("inside_psnr", "dB, the same inside of the mask")
            .real("inside_ssim", "SSIM of the same")
            .real("inside_lpips", "LPIPS of the same")
            .real("pie_bench_mse", "as PIE-Bench's evaluation has it: the inside black in both, mean over all pixels")
            .real("pie_bench_psnr", "dB of the same")
            .real("pie_bench_ssim", "SSIM of the same")
            .real("pie_bench_lpips", "LPIPS of the same; PIE-Bench's own uses the squeeze network")
            .real("clip", "cosine similarity of edited picture and edit prompt; null where no CLIP model was given")
            .real("clip_original", "that of the original and the edit prompt")
            .real("clip_source", "that of the original and the caption")
            .real("clip_edited", "that of the edited picture, black outside of the mask, and the edit prompt")
            .real(
                    "structure_distance",
                    "mean squared difference of DINO's self-similarities of original and edit, as PIE-Bench's"
                            + " evaluation has it (values to 255, not divided); null where no DINO weights were given")
            .real("seconds_encode", "VAE and text encoding; a batch's time is divided evenly over its images")
            .real("seconds_inversion", "DDIM inversion, shared by the image's methods and charged to each that uses it")
            .real("seconds_reconstruction", "the method's own sampling")
            .real("seconds_edit", "sampling of the edit beside its source, divided evenly over the edits of a batch")
            .real("seconds_decode", "VAE decoding")
            .real("seconds_total", "sum of these")
            .whole(
                    "unet_evaluations",
                    "UNet evaluations (forward passes of the image) of inversion, reconstruction" + " and edit")
            .whole(
                    "unet_evaluations_inversion",
                    "those of the inversion, shared by the image's methods; 0 where an" + " earlier run has kept it")
            .whole(
                    "unet_evaluations_reconstruction",
                    "those of the reconstruction alone; of an edit: those of the"
                            + " method's own part of the inversion and of the source branch, both shared by the image's edits")
            .whole("unet_evaluations_edit", "those of the edit alone")
            .big("unet_evaluations_image", "all that were made for the image, with all methods and for all edits")
            .whole(
                    "unet_evaluations_shallow",
                    "of unet_evaluations those that took the deep features of another step (--reuse): a small part of an"
                            + " evaluation each")
            .whole("unet_gradients", "backward passes through the UNet")
            .column(
                    "null_text_inner_steps",
                    DataTypes.createArrayType(DataTypes.IntegerType),
                    "updates of the null-text embedding, a value a step in denoising order; null for other methods")
            .column(
                    "null_text_cosine",
                    DataTypes.createArrayType(DataTypes.DoubleType),
                    "cosine similarity of the optimised null-text embedding and the caption's, likewise")
            .big("peak_memory", "bytes, the most that the device's memory held while the method ran; null: not known")
            .whole("steps", "DDIM steps")
            .real("guidance", "classifier-free guidance scale of the reconstruction")
            .whole("batch_size", "images that shared the batch")
            .text("batch", "the first image of that batch: its images were timed together")
            .real(
                    "device_share",
                    "of the batch's time the part in which the device worked for it: less than 1 where a processor was"
                            + " busy with other work; 1 on a GPU")
            .real(
                    "seconds_calibration",
                    "of a fixed matrix product on the device beside the batch, in processor time on a CPU:"
                            + " seconds_total times device_share over it compares busy and quiet machines")
            .text("error_stage", "where a failed image failed")
            .text("error_code", "what kind of failure it was")
            .text("error_message", "what was wrong, where, and what to do")
            .whole("caption_tokens", "tokens of the caption before truncation, without start and end")
            .flag("caption_truncated", "whether the caption was longer than the text encoder takes")
            .text("image_sha256", "SHA-256 of the encoded image; null where it could not be read")
            .whole("image_width", "pixels after EXIF orientation, before resizing; 0 where it did not decode")
            .whole("image_height", "likewise")
            .big("image_bytes", "size of the encoded image as read")
            .text(
                    "image_marks",
                    "what was particular about the file, with commas: truncated (the missing part is black), repaired (a"
                            + " fault that changes no pixel), alpha (transparent in places), profile (converted to"
                            + " sRGB), profile-ignored, small (smaller than what it is resized to); null for nothing")
            .big("file_size", "bytes of the file just before it was read; resume compares it")
            .big("file_modified", "its modification time, milliseconds since 1970; resume compares it")
            .text("edits_key", "SHA-256 of all that was asked of the image's edits; resume compares it")
            .text("row_key", "SHA-256 of image hash, caption, edit prompt, mask, method, control and settings key")
            .text("settings_key", "SHA-256 of all settings that change results")
            .text("executor", "Spark's executor id")
            .text("host", "its host")
            .text("device", "cpu or gpu:N")
            .type();

    /** An image as Hugging Face datasets stores it: the encoded file and its name. */
    public static final StructType IMAGE =
            new Columns().binary("bytes", "PNG").text("path", "file name").type();

    /** One row per image and method, or per image, method, control and edit; failed ones have none. */
    public static final StructType IMAGES = new Columns()
            .text("image_id", "the image, unique in the run")
            .text("method", "what it was inverted with")
            .text("control", "how the edit was kept to the image; null where nothing is edited")
            .whole("edit", "which of the image's edits, from 0; null where nothing is edited")
            .text("caption", "the source prompt")
            .text("edit_prompt", "the target prompt; null where nothing is edited")
            .real("psnr", "dB, reconstruction against original, as in metrics")
            .real("lpips", "likewise")
            .column("original", IMAGE, "the source, resized; as it is where sizes are restored")
            .column("reconstruction", IMAGE, "what the method made of the inverted latent")
            .column("edited", IMAGE, "the edit; null where nothing is edited")
            .column("mask", IMAGE, "white inside of the region that the masked columns go by; null for none")
            .type();

    /** One row per image, kind and method; failed images have none. */
    public static final StructType LATENTS = new Columns()
            .text("image_id", "the image, unique in the run")
            .text(
                    "kind",
                    "zT: the end of the DDIM inversion; path: all its latents, z_0 first; null_text: a step's"
                            + " embeddings each, in denoising order; o_belm, edict: the pair that these end at")
            .text("method", "whose it is; null for what all methods share")
            .column(
                    "shape",
                    DataTypes.createArrayType(DataTypes.IntegerType),
                    "channels, height, width come last in" + " latents, positions and width in embeddings")
            .text("dtype", "float32 or float64")
            .binary("data", "the values, little endian, last axis fastest")
            .text("key", "SHA-256 of all that the values depend on; null where nothing is edited")
            .type();

    /** What a task returns for one image: its rows of the three tables. */
    public static final StructType OUTCOME = new StructType()
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
    public static Row row(StructType schema, Map<String, Object> values) {
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
