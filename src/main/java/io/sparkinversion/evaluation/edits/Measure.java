package io.sparkinversion.evaluation.edits;

import io.sparkinversion.report.Numbers;

/** A column of PIE-Bench's table, in the units in which papers print it. */
public enum Measure {
    STRUCTURE(
            "structure_distance",
            "structure ×10³",
            1e3,
            2,
            Better.LOWER,
            "distance of the structures of original and edit, by DINO's self-similarity"),
    PSNR("pie_bench_psnr", "PSNR", 1, 2, Better.HIGHER, "dB, background of the edit against the original"),
    LPIPS("pie_bench_lpips", "LPIPS ×10³", 1e3, 2, Better.LOWER, "background, perceptual distance"),
    MSE("pie_bench_mse", "MSE ×10⁴", 1e4, 2, Better.LOWER, "background, mean squared error of values in [0, 1]"),
    SSIM("pie_bench_ssim", "SSIM ×10²", 1e2, 2, Better.HIGHER, "background, structural similarity"),
    CLIP_SOURCE(
            "clip_source", "CLIP source", 1e2, 2, Better.NEITHER, "CLIP score of original and caption, for comparison"),
    CLIP("clip", "CLIP whole", 1e2, 2, Better.HIGHER, "CLIP score of edit and edit prompt"),
    CLIP_EDITED(
            "clip_edited", "CLIP edited", 1e2, 2, Better.HIGHER, "the same of the edited region, black outside of it"),
    SECONDS("seconds_total", "seconds", 1, 3, Better.LOWER, "from encoding to the decoded edit, on the run's device");

    /** Which way is better. */
    enum Better {
        LOWER,
        HIGHER,
        NEITHER
    }

    private final String column;
    private final String header;
    private final double scale;
    private final int digits;
    private final Better better;
    private final String explanation;

    Measure(String column, String header, double scale, int digits, Better better, String explanation) {
        this.column = column;
        this.header = header;
        this.scale = scale;
        this.digits = digits;
        this.better = better;
        this.explanation = explanation;
    }

    /** Of the metrics table. */
    String column() {
        return column;
    }

    String header() {
        return header;
    }

    Better better() {
        return better;
    }

    String explanation() {
        return explanation;
    }

    boolean isClip() {
        return this == CLIP || this == CLIP_EDITED || this == CLIP_SOURCE;
    }

    /**
     * In the table's units.
     *
     * @param stored as the metrics table has it; null for NaN. A CLIP score is no less than 0.
     */
    double of(Number stored) {
        double value = stored == null ? Double.NaN : scale * stored.doubleValue();
        return isClip() && value < 0 ? 0 : value;
    }

    String shown(double value) {
        return Numbers.fixed(value, digits);
    }

    String signed(double value) {
        return Numbers.signed(value, digits);
    }
}
