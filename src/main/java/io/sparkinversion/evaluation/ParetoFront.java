package io.sparkinversion.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The rows that no other row beats in both time and quality. */
final class ParetoFront {
    /** Half of the last digit that the table shows: exactly invertible methods differ by rounding only. */
    private static final double NOTICEABLE_DECIBEL = 0.005;

    private ParetoFront() {}

    /**
     * A row belongs to the front if no other is at least as fast and at least as good, and better in one of the two;
     * differences of up to {@value #NOTICEABLE_DECIBEL} dB are none.
     * The autoencoder alone inverts nothing and takes no part.
     *
     * @return by seconds upwards; rows without a mean PSNR or time are left out
     */
    static List<MethodRow> of(List<MethodRow> rows) {
        List<MethodRow> candidates = rows.stream()
                .filter(row -> !row.method().equals(Evaluation.VAE))
                .filter(row -> row.psnr().count() > 0 && row.seconds().count() > 0)
                .sorted(Comparator.comparingDouble(
                                (MethodRow row) -> row.seconds().mean())
                        .thenComparing(row -> -row.psnr().mean()))
                .toList();
        List<MethodRow> front = new ArrayList<>();
        for (MethodRow row : candidates) {
            MethodRow last = front.isEmpty() ? null : front.get(front.size() - 1);
            boolean better = last == null || row.psnr().mean() > last.psnr().mean() + NOTICEABLE_DECIBEL;
            boolean equal = !better
                    && row.psnr().mean() == last.psnr().mean()
                    && row.seconds().mean() == last.seconds().mean();
            if (better || equal) {
                front.add(row);
            }
        }
        return front;
    }
}
