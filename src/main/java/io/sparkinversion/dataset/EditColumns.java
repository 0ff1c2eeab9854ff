package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import io.sparkinversion.dataset.EditTemplate.EditException;
import io.sparkinversion.dataset.format.RawRows;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What is to be edited of each row. A prompt that is blank or, apart from blanks around it, the caption itself is no
 * edit (one that only weighs the caption's words, {@code (word:1.5)}, is one), nor is one that the row has already.
 */
final class EditColumns {
    /** Why the row's edits cannot be made, else null; they are empty then. */
    static final String PROBLEM = "edit_problem";
    /** Why the row's mask cannot be read, else null. */
    static final String MASK_PROBLEM = "mask_problem";

    private static final String MADE = "made";
    private static final StructType MADE_TYPE = new StructType()
            .add(ManifestSchema.EDITS, ManifestSchema.EDITS_TYPE)
            .add(PROBLEM, DataTypes.StringType);

    private EditColumns() {}

    /**
     * Adds the columns edits, mask and category of {@link ManifestSchema}, edit_problem and mask_problem.
     *
     * @param raw of {@link RawRows}
     */
    static Dataset<Row> add(Dataset<Row> raw, EditSource source) {
        Column noText = lit(null).cast("string");
        Column noMask = lit(null).cast(ManifestSchema.MASK_TYPE);
        Column caption = col(RawRows.CAPTION);
        if (source instanceof EditSource.Dataset) {
            UDF3<String, Seq<String>, Seq<String>, Row> read = EditColumns::given;
            Column given = udf(read, MADE_TYPE).apply(caption, col(RawRows.EDIT_PROMPTS), col(RawRows.BLEND_WORDS));
            Column problem = coalesce(col(RawRows.EDIT_PROBLEM), col(MADE + "." + PROBLEM));
            Dataset<Row> rows = raw.withColumn(MADE, given);
            return with(rows, edits(), problem, col(RawRows.MASK), col(RawRows.MASK_PROBLEM))
                    .withColumn(ManifestSchema.CATEGORY, col(RawRows.CATEGORY));
        }
        if (source instanceof EditSource.Templates given) {
            List<EditTemplate> templates = new ArrayList<>();
            given.texts().forEach(text -> templates.add(EditTemplate.of(text)));
            UDF1<String, Row> make = text -> made(text, templates);
            Dataset<Row> rows = raw.withColumn(MADE, udf(make, MADE_TYPE).apply(caption));
            return with(rows, edits(), col(MADE + "." + PROBLEM), noMask, noText);
        }
        return with(raw, array(), noText, noMask, noText);
    }

    private static Column edits() {
        return col(MADE + "." + ManifestSchema.EDITS);
    }

    private static Dataset<Row> with(Dataset<Row> rows, Column edits, Column problem, Column mask, Column maskProblem) {
        return rows.withColumn(ManifestSchema.EDITS, edits.cast(ManifestSchema.EDITS_TYPE))
                .withColumn(ManifestSchema.MASK, mask)
                .withColumn(ManifestSchema.CATEGORY, lit(null).cast("string"))
                .withColumn(PROBLEM, problem)
                .withColumn(MASK_PROBLEM, maskProblem);
    }

    private static Row given(String caption, Seq<String> prompts, Seq<String> blendWords) {
        List<String> texts = prompts == null ? List.of() : CollectionConverters.asJava(prompts);
        List<String> words = blendWords == null ? List.of() : CollectionConverters.asJava(blendWords);
        if (words.size() > 1 && words.size() != texts.size()) {
            return problem("blend_words has " + words.size() + " entries for " + texts.size()
                    + " edit prompts; give one for each, or one for all");
        }
        RowEdits edits = new RowEdits(caption);
        try {
            for (int i = 0; i < texts.size(); i++) {
                edits.add(texts.get(i), words.isEmpty() ? null : words.get(words.size() == 1 ? 0 : i));
            }
        } catch (EditException e) {
            return problem(e.getMessage());
        }
        return RowFactory.create(edits.rows(), null);
    }

    private static Row made(String caption, List<EditTemplate> templates) {
        RowEdits edits = new RowEdits(caption);
        try {
            for (EditTemplate template : templates) {
                // A row without a caption is rejected anyway, unless the empty prompt is what the user wants.
                if (caption != null && (caption.isEmpty() || !caption.isBlank())) {
                    edits.add(template.apply(caption).orElse(null), null);
                }
            }
        } catch (EditException e) {
            return problem(e.getMessage());
        }
        return RowFactory.create(edits.rows(), null);
    }

    private static Row problem(String message) {
        return RowFactory.create(new Row[0], message);
    }
}
