package io.sparkinversion.job;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetFiles;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.worker.EditWork;
import io.sparkinversion.worker.WorkItem;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
    @TempDir
    Path folder;

    @Test
    void theFirstRowKeepsAnIdAndLaterOnesAreRejectedUnderTheirOwn() throws Exception {
        List<Row> rows = plan("path,caption,id\na.png,x,same\nb.png,x,other\nc.png,x,same\nd.png,x,same\n");
        assertThat(column(rows, "image_id")).containsExactly("same", "other", "same#2", "same#3");
        assertThat(column(rows, "rejection_code")).containsExactly(null, null, "DUPLICATE_ID", "DUPLICATE_ID");
        assertThat(rows.get(3).<String>getAs("rejection_message"))
                .isEqualTo("image id 'same' belongs to row 1 (file:" + folder + "/a.png); row 4 (file:" + folder
                        + "/d.png) is listed as 'same#3'; give it an id of its own");
    }

    @Test
    void idsThatTheDatasetHasItselfAreNotGivenToDuplicates() throws Exception {
        List<Row> rows = plan(
                "path,caption,id\na,x,cat\nb,x,cat\nc,x,cat#2\nd,x,cat#2\ne,x,cat#4\nf,x,cat\ng,x,cat#03\nh,x,cat#x\n");
        assertThat(column(rows, "image_id"))
                .containsExactly("cat", "cat#3", "cat#2", "cat#2#2", "cat#4", "cat#5", "cat#03", "cat#x");
        assertThat(column(rows, "image_id")).doesNotHaveDuplicates();
    }

    @Test
    void anIdThatAllRowsShareIsNumberedThroughout() throws Exception {
        int many = 10_050;
        StringBuilder csv = new StringBuilder("path,caption,id\n");
        for (int i = 0; i < many; i++) {
            csv.append(i).append(".png,x,same\n");
        }
        List<Row> rows = plan(csv.toString());
        assertThat(rows.get(0).<String>getAs("image_id")).isEqualTo("same");
        for (int i = 1; i < many; i++) {
            assertThat(rows.get(i).<String>getAs("image_id")).isEqualTo("same#" + (i + 1));
            assertThat(rows.get(i).<String>getAs("path")).endsWith("/" + i + ".png");
        }
    }

    @Test
    void filesOfOneStemShareTheirDefaultId() throws Exception {
        List<Row> rows = plan("path,caption\nbirds/7.png,x\nbirds/7.jpg,x\ncats/7.png,x\n");
        assertThat(column(rows, "image_id")).containsExactly("birds/7", "birds/7#2", "cats/7");
        assertThat(column(rows, "rejection_code")).containsOnlyNulls();
    }

    @Test
    void blankCaptionsAndBadPathsAreRejected() throws Exception {
        List<Row> rows =
                plan("path,caption\na.png,\nb.png,\"  \t\n\"\n../c.png,x\n ,x\n,\nd.png,\u00a0\u3000\ne.png,x\n");
        assertThat(column(rows, "rejection_code"))
                .containsExactly(
                        "MISSING_CAPTION",
                        "MISSING_CAPTION",
                        "INVALID_PATH",
                        "INVALID_PATH",
                        "INVALID_PATH",
                        "MISSING_CAPTION",
                        null);
        assertThat(column(rows, "image_id")).containsExactly("a", "b", "../c", "3", "4", "d", "e");
        assertThat(rows.get(0).<String>getAs("rejection_message"))
                .isEqualTo(
                        "the row has no caption (row 1 of the dataset, path 'file:" + folder + "/a.png'); give it one");
        assertThat(rows.get(2).<String>getAs("rejection_message"))
                .isEqualTo("path '../c.png' is outside of the dataset's root file:" + folder);
        assertThat(rows.get(2).<String>getAs("path")).isEqualTo("../c.png");
        assertThat(rows.get(3).<String>getAs("rejection_message")).isEqualTo("the row has no path");
    }

    @Test
    void oddIdsAreKept() throws Exception {
        List<Row> rows = plan("path,caption,id\na.png,x,\"../../ü 猫,\"\"'#2/\u202e\"\nb.png,x,' '\nc.png,x,\" \"\n");
        assertThat(column(rows, "image_id")).containsExactly("../../ü 猫,\"'#2/\u202e", "' '", "c");
    }

    @Test
    void wavesAreFullExceptTheLast() throws Exception {
        StringBuilder csv = new StringBuilder("path,caption\n");
        for (int i = 0; i < 10; i++) {
            csv.append(i).append(".png,x\n");
        }
        List<Row> rows = plan(csv.toString(), 4);
        assertThat(column(rows, "wave")).containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThatThrownBy(() -> plan(csv.toString(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("wave size 0 is less than 1 row");
    }

    @Test
    void thePlanHasTheManifestsColumns() throws Exception {
        new DatasetFiles(folder).file("captions.csv", "path,caption\na.png,x\n");
        var plan = Manifest.plan(new DatasetFiles(folder).read(), 5);
        assertThat(plan.schema().fieldNames()).containsExactly(ManifestSchema.SCHEMA.fieldNames());
        for (int i = 0; i < ManifestSchema.SCHEMA.length(); i++) {
            assertThat(plan.schema().apply(i).dataType())
                    .isEqualTo(ManifestSchema.SCHEMA.apply(i).dataType());
        }
    }

    @Test
    void rowsBecomeWorkItems() throws Exception {
        String csv = "path,caption,edit_prompt,blend_words\n"
                + "a.png,a cat,\"[\"\"a dog\"\", \"\"a (fat:1.5) cow\"\"]\",\"[\"\"cat dog\"\", null]\"\nb.png,,,\n";
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", csv);
        String path = "file:" + folder + "/a.png";
        assertThat(ManifestSchema.item(dataset.plan(100).get(0)))
                .isEqualTo(new WorkItem("a", path, "a cat", null, null, null));
        List<Row> rows = dataset.plan(EditSource.DATASET);
        List<EditPrompt> prompts =
                List.of(new EditPrompt("a dog", List.of("cat"), List.of("dog")), new EditPrompt("a (fat:1.5) cow"));
        assertThat(ManifestSchema.item(rows.get(0)))
                .isEqualTo(new WorkItem("a", path, "a cat", new EditWork(prompts, null, null, List.of()), null, null));
        WorkItem rejected = ManifestSchema.item(rows.get(1));
        assertThat(rejected.edit()).isNull();
        assertThat(rejected.caption()).isNull();
        assertThat(rejected.rejection().stage()).isEqualTo(Failure.Stage.PLAN);
        assertThat(rejected.rejection().code()).isEqualTo(ErrorCode.MISSING_CAPTION);
        assertThat(rejected.rejection().message()).contains("row 2 of the dataset");
    }

    @Test
    void theKeyOfEditsChangesWithThemAndNothingElse() throws Exception {
        String header = "path,caption,edit_prompt,blend_words\n";
        Object key = editsKey(header + "a.png,a cat,a dog,\n");
        assertThat(key).asString().matches("[0-9a-f]{64}");
        assertThat(editsKey(header + "x.png,x,,\nb.png,no cat,a dog,\n")).isEqualTo(key);
        assertThat(editsKey(header + "a.png,a cat,a cow,\n")).isNotEqualTo(key);
        assertThat(editsKey(header + "a.png,a cat,a dog,cat dog\n")).isNotEqualTo(key);
        assertThat(editsKey(header + "../a.png,a cat,a dog,\n")).isNull();
        assertThat(column(plan(header + "a.png,a cat,a dog,\n"), "edits_key")).containsExactly((Object) null);
    }

    private Object editsKey(String csv) throws Exception {
        return new DatasetFiles(folder)
                .file("captions.csv", csv)
                .plan(EditSource.DATASET)
                .get(0)
                .getAs("edits_key");
    }

    @Test
    void numbersThatAreTakenAreLeftOut() {
        assertThat(DuplicateIds.free(2, List.of())).isEqualTo(2);
        assertThat(DuplicateIds.free(2, List.of(2, 3, 5))).isEqualTo(4);
        assertThat(DuplicateIds.free(3, List.of(2, 3, 5))).isEqualTo(6);
        assertThat(DuplicateIds.free(2, List.of(3))).isEqualTo(2);
    }

    private List<Row> plan(String csv) throws Exception {
        return plan(csv, 100);
    }

    private List<Row> plan(String csv, int waveSize) throws Exception {
        return new DatasetFiles(folder).file("captions.csv", csv).plan(waveSize);
    }
}
