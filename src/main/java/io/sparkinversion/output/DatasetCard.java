package io.sparkinversion.output;

import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * {@code OUT/README.md}: a Hugging Face dataset card. Its YAML head lets {@code datasets} find the tables and show the
 * image columns as images (https://huggingface.co/docs/hub/datasets-manual-configuration).
 */
public final class DatasetCard {
    private static final Map<Table, String> PURPOSE = Map.of(
            Table.METRICS,
            "One row per image and method; for edited images, one per image, method, control and edit. Failed rows are"
                    + " included",
            Table.IMAGES,
            "The original image, the reconstruction by each method, and each edit with its mask, as PNG",
            Table.LATENTS,
            "The inverted latent of each image and, for edited images, whatever else the edits start from");

    private DatasetCard() {}

    /** The card's text. */
    public static String of(RunJson run) {
        StringBuilder card = new StringBuilder("---\nconfigs:\n");
        for (Table table : Table.values()) {
            card.append("- config_name: ").append(table.label()).append('\n');
            if (table == Table.IMAGES) {
                card.append("  default: true\n");
            }
            card.append("  data_files: \"").append(table.label()).append("/*/*.parquet\"\n");
        }
        card.append("dataset_info:\n");
        for (Table table : Table.values()) {
            card.append("- config_name: ").append(table.label()).append("\n  features:\n");
            for (StructField field : table.schema().fields()) {
                card.append("  - name: ").append(field.name()).append('\n');
                card.append("    ").append(feature(field.dataType())).append('\n');
            }
        }
        card.append("---\n\n").append(text(run));
        return card.toString();
    }

    private static String feature(DataType type) {
        return type instanceof ArrayType array ? "sequence: " + name(array.elementType()) : "dtype: " + name(type);
    }

    private static String name(DataType type) {
        if (type instanceof StructType struct && struct.equals(ResultSchema.IMAGE)) {
            return "image";
        } else if (type instanceof StringType) {
            return "string";
        } else if (type instanceof DoubleType) {
            return "float64";
        } else if (type instanceof IntegerType) {
            return "int32";
        } else if (type instanceof LongType) {
            return "int64";
        } else if (type instanceof BooleanType) {
            return "bool";
        } else if (type instanceof BinaryType) {
            return "binary";
        }
        throw new IllegalArgumentException("no dataset feature for a column of type " + type.simpleString());
    }

    private static String text(RunJson run) {
        StringBuilder text = new StringBuilder("# Inverted images\n\n");
        text.append("Real images, inverted into the latent space of a diffusion model and reconstructed from it. ")
                .append("Written by spark-inversion ")
                .append(run.codeVersion())
                .append(".\n\n| setting | value |\n|---|---|\n");
        text.append("| model | `").append(run.model().id()).append("` |\n");
        text.append("| dataset | `").append(run.dataset().root()).append("` |\n");
        text.append(run.settings().entrySet().stream()
                .map(entry -> "| " + entry.getKey() + " | `" + entry.getValue() + "` |\n")
                .collect(Collectors.joining()));
        for (Table table : Table.values()) {
            text.append("\n## ")
                    .append(table.label())
                    .append("\n\n")
                    .append(PURPOSE.get(table))
                    .append(".\n\n");
            text.append("| column | meaning |\n|---|---|\n");
            for (StructField field : table.schema().fields()) {
                text.append("| `")
                        .append(field.name())
                        .append("` | ")
                        .append(field.getComment().get())
                        .append(" |\n");
            }
        }
        return text.toString();
    }
}
