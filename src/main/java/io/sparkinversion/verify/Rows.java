package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;

/** Which rows of a run a golden holds. */
public final class Rows {
    private Rows() {}

    /**
     * The start and the latent after every step, these alone, or the last alone: whichever is as long as the golden.
     *
     * @param rows first dimension of the golden
     * @throws IllegalArgumentException if it has another number of rows
     */
    public static float[] of(Trajectory result, long rows) {
        List<NDArray> latents = result.latents();
        int all = latents.size();
        if (rows != all && rows != all - 1 && rows != 1) {
            throw new IllegalArgumentException("it has " + rows + " rows; a run of " + (all - 1) + " steps has "
                    + (all - 1) + ", or " + all + " with its start, or 1 of its end");
        }
        return ModelUnderTest.values(latents.subList(all - (int) rows, all));
    }
}
