package io.sparkinversion.output;

import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.types.StructType;

/** The result tables, in the order in which a wave writes them: {@link #METRICS} commits the wave, so it is last. */
public enum Table {
    LATENTS,
    IMAGES,
    METRICS;

    /** Images and latents are noise to a codec: compressing them costs time and saves nothing. */
    private static final Map<String, String> PLAIN_BYTES =
            Map.of("compression", "uncompressed", "parquet.enable.dictionary", "false");

    /** Viewers read a whole row group to show one image; this keeps it near a hundred rows. */
    private static final Map<String, String> SMALL_ROW_GROUPS = Map.of(
            "compression", "uncompressed",
            "parquet.enable.dictionary", "false",
            "parquet.block.row.count.limit", "100");

    /** The directory's name, also the name in the dataset card. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public StructType schema() {
        return switch (this) {
            case LATENTS -> ResultSchema.LATENTS;
            case IMAGES -> ResultSchema.IMAGES;
            case METRICS -> ResultSchema.METRICS;
        };
    }

    Map<String, String> writeOptions() {
        return switch (this) {
            case LATENTS -> PLAIN_BYTES;
            case IMAGES -> SMALL_ROW_GROUPS;
            case METRICS -> Map.of("compression", "snappy");
        };
    }
}
