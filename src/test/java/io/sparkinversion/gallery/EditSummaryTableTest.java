package io.sparkinversion.gallery;

import static io.sparkinversion.gallery.MadeUpEdits.failed;
import static io.sparkinversion.gallery.MadeUpEdits.good;
import static io.sparkinversion.gallery.MadeUpEdits.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.gallery.EditSummaryTable.Row;
import io.sparkinversion.report.Cell;
import java.util.List;
import org.junit.jupiter.api.Test;

class EditSummaryTableTest {
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    @Test
    void meansAreOfTheRowsWithAnEdit() {
        EditSummaryTable table = EditSummaryTable.of(List.of(
                good("a", "direct", "replace", numbers("PSNR", 20.0, "passes", 100.0)),
                good("b", "direct", "replace", numbers("PSNR", 25.5, "passes", 103.0)),
                failed("c", "direct", "replace", "NOT_FINITE: x"),
                failed("a", "direct", "refine", "INVALID_EDIT: y"),
                good("a", "null-text", "replace", numbers("PSNR", 30.25, "passes", 1000.0))));

        assertThat(table.rows()).extracting(Row::method).containsExactly("direct", "direct", "null-text");
        assertThat(table.rows()).extracting(Row::control).containsExactly("replace", "refine", "replace");
        assertThat(table.rows()).extracting(Row::done).containsExactly(2, 0, 1);
        assertThat(table.rows()).extracting(Row::failed).containsExactly(1, 1, 0);
        assertThat(table.text()).isEqualTo("""
            method     control  n  failed   PSNR  passes
            direct     replace  2       1  22.75   101.5
            direct     refine   0       1      –       –
            null-text  replace  1       0  30.25    1000
            """);
    }

    @Test
    void whatHasNoNumberOrIsInfiniteIsLeftOutAndSaid() {
        EditSummaryTable table = EditSummaryTable.of(List.of(
                good("a", "direct", "", numbers("PSNR", INFINITE, "share", 0.25)),
                good("b", "direct", "", numbers("PSNR", 20.5, "share", Double.NaN)),
                good("c", "direct", "", numbers("PSNR", 21.5, "share", null)),
                good("a", "ddim", "", numbers("PSNR", INFINITE))));

        assertThat(table.rows().get(0).cells())
                .containsExactly(Cell.of("21.00", "2 of 3 (1 × ∞)"), Cell.of("0.2500", "1 of 3"));
        assertThat(table.text()).isEqualTo("""
            method  control  n  failed     PSNR     share
            direct  –        3       0  21.00 *  0.2500 *
            ddim    –        1       0      ∞ *         –
            * rows with a finite number, direct: PSNR: 2 of 3 (1 × ∞), share: 1 of 3
            * rows with a finite number, ddim: PSNR: 0 of 1 (1 × ∞)
            """);
    }

    @Test
    void columnsComeInTheirOrderThoughTheFirstRowsLackSome() {
        EditSummaryTable table = EditSummaryTable.of(List.of(
                good("a", "direct", "replace", numbers("PSNR", 20.5, "seconds", 1.5)),
                good("b", "direct", "replace", numbers("share", 0.5, "PSNR", 20.5, "PSNR inside", 9.5, "seconds", 2.5)),
                good("c", "direct", "replace", numbers("PSNR", 20.5, "seconds", 1.5, "CLIP", 0.5))));

        assertThat(table.columns())
                .extracting(EditColumn::label)
                .containsExactly("share", "PSNR", "PSNR inside", "seconds", "CLIP");
    }

    @Test
    void digitsFitTheColumn() {
        EditSummaryTable table = EditSummaryTable.of(List.of(
                good("a", "direct", "replace", numbers("PSNR", 27.5, "SSIM", 0.91, "distance", 0.000123, "s", 512.25)),
                good("b", "direct", "replace", numbers("PSNR", 9.5, "SSIM", 1.0, "distance", 0.000456, "s", 498.0))));

        assertThat(table.columns()).extracting(EditColumn::digits).containsExactly(2, 3, 6, 1);
    }

    @Test
    void nothingIsATableWithoutRows() {
        assertThat(EditSummaryTable.of(List.of()).text()).isEqualTo("method  control  n  failed\n");
    }
}
