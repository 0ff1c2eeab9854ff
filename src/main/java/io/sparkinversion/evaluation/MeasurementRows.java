package io.sparkinversion.evaluation;

import java.util.List;
import org.apache.spark.sql.Row;

/** Metrics rows as the report's measurements. */
public final class MeasurementRows {
    private static final String HOST = "host";

    /** The columns that are needed. */
    static final List<String> COLUMNS = List.of(
            "image_id",
            "caption",
            "method",
            "steps",
            "error_code",
            "psnr",
            "ssim",
            "lpips",
            "vae_psnr",
            "seconds_total",
            "unet_evaluations",
            "unet_evaluations_shallow",
            "unet_gradients",
            "peak_memory",
            "batch_size",
            "batch",
            "device_share",
            "seconds_calibration",
            "device",
            "null_text_cosine",
            "null_text_inner_steps",
            HOST);

    private MeasurementRows() {}

    /** @param row with {@link #COLUMNS} */
    static Measurement measurement(Row row) {
        return new MeasurementBuilder(row.getAs("image_id"), row.getAs("method"), (int) whole(row, "steps"))
                .caption(row.getAs("caption"))
                .failure(row.getAs("error_code"))
                .scores(real(row, "psnr", Double.NaN), real(row, "ssim", Double.NaN), real(row, "lpips", Double.NaN))
                .vaePsnr(real(row, "vae_psnr", Double.NaN))
                .secondsTotal(real(row, "seconds_total", 0))
                .passes((int) whole(row, "unet_evaluations"), (int) whole(row, "unet_gradients"))
                .shallow((int) whole(row, "unet_evaluations_shallow"))
                .peakMemory(whole(row, "peak_memory"))
                .batch((int) whole(row, "batch_size"), text(row, "device"))
                .timedWith(text(row, "batch"), calibratedTime(row))
                .nullText(
                        numbers(row, "null_text_cosine").stream()
                                .mapToDouble(Number::doubleValue)
                                .toArray(),
                        numbers(row, "null_text_inner_steps").stream()
                                .mapToInt(Number::intValue)
                                .toArray())
                .build();
    }

    /** See {@link Measurement#calibratedTime}. */
    public static double calibratedTime(Row row) {
        return real(row, "seconds_total", Double.NaN)
                * real(row, "device_share", Double.NaN)
                / real(row, "seconds_calibration", Double.NaN);
    }

    /** The host that computed it. */
    static String host(Row row) {
        return text(row, HOST);
    }

    /** Empty for null. */
    public static String text(Row row, String column) {
        String value = row.getAs(column);
        return value == null ? "" : value;
    }

    public static double real(Row row, String column, double absent) {
        Double value = row.getAs(column);
        return value == null ? absent : value;
    }

    /** 0 for null. */
    public static long whole(Row row, String column) {
        Number value = row.getAs(column);
        return value == null ? 0 : value.longValue();
    }

    private static List<Number> numbers(Row row, String column) {
        int index = row.fieldIndex(column);
        return row.isNullAt(index) ? List.of() : row.getList(index);
    }
}
