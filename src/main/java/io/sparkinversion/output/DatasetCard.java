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

    private static final String LOADING = """
            ```python
            from datasets import load_dataset
            images = load_dataset("PATH_OR_HUB_ID", split="train")             # original, reconstruction, edited
            metrics = load_dataset("PATH_OR_HUB_ID", "metrics", split="train")
            ```
            """;

    private DatasetCard() {}

    /**
     * The card of one run.
     *
     * @param images how many the run has
     */
    public static String of(RunJson run, long images) {
        boolean edited = run.dataset() != null && !run.dataset().edits().isEmpty();
        StringBuilder card = new StringBuilder(head(edited ? "Edited images" : "Inverted images", images));
        configs(card, "");
        card.append("dataset_info:\n");
        for (Table table : Table.values()) {
            card.append("- config_name: ").append(table.label()).append("\n  features:\n");
            for (StructField field : table.schema().fields()) {
                card.append("  - name: ").append(field.name()).append('\n');
                card.append("    ").append(feature(field.dataType())).append('\n');
            }
        }
        card.append("---\n\n").append(text(run, edited ? "Edited images" : "Inverted images"));
        return card.toString();
    }

    /**
     * The card of an evaluation, whose runs lie in the folders {@code steps-*}.
     *
     * @param images how many each run has
     */
    public static String ofEvaluation(long images) {
        String title = "Inversion methods compared";
        StringBuilder card = new StringBuilder(head(title, images));
        configs(card, "steps-*/");
        return card.append("---\n\n# ")
                .append(title)
                .append("\n\nReal images, inverted by several methods with several step counts: a folder steps-* each,"
                        + " whose README.md explains its columns. report/ has the comparison.\n\n")
                .append(LOADING)
                .toString();
    }

    /** What the Hub asks for (https://huggingface.co/docs/hub/datasets-cards). */
    private static String head(String title, long images) {
        return "---\npretty_name: " + title + "\nlicense: other\ntags:\n- stable-diffusion\n- image-inversion\n"
                + "size_categories:\n- " + size(images) + "\n";
    }

    private static String size(long images) {
        if (images < 1_000) {
            return "n<1K";
        }
        if (images < 10_000) {
            return "1K<n<10K";
        }
        if (images < 100_000) {
            return "10K<n<100K";
        }
        return images < 1_000_000 ? "100K<n<1M" : "1M<n<10M";
    }

    private static void configs(StringBuilder card, String folder) {
        card.append("configs:\n");
        for (Table table : Table.values()) {
            card.append("- config_name: ").append(table.label()).append('\n');
            if (table == Table.IMAGES) {
                card.append("  default: true\n");
            }
            card.append("  data_files: \"").append(folder).append(table.label()).append("/*/*.parquet\"\n");
        }
    }

    /** Where it is, for those who have another machine: of a local path the last part. */
    private static String shown(String address) {
        boolean local = address.startsWith("file:") || address.startsWith("/");
        String plain = address.replaceAll("/+$", "");
        return local ? plain.substring(plain.lastIndexOf('/') + 1) : address;
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

    private static String text(RunJson run, String title) {
        StringBuilder text = new StringBuilder("# " + title + "\n\n");
        text.append("Real images, inverted into the latent space of a diffusion model and reconstructed from it. ")
                .append("Written by spark-inversion ")
                .append(run.codeVersion())
                .append(".\n\n| setting | value |\n|---|---|\n");
        text.append("| model | `").append(shown(run.model().id())).append("` |\n");
        text.append("| dataset | `").append(shown(run.dataset().root())).append("` |\n");
        text.append(run.settings().entrySet().stream()
                .map(entry -> "| " + entry.getKey() + " | `" + entry.getValue() + "` |\n")
                .collect(Collectors.joining()));
        text.append('\n').append(LOADING);
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
