package io.sparkinversion.inversion;

/** Interpolation along the great circle between two vectors, as negative-prompt inversion's code mixes embeddings. */
public final class SphericalInterpolation {
    private SphericalInterpolation() {}

    /**
     * @param fraction 0 gives {@code from}, 1 gives {@code to}
     * @throws IllegalArgumentException if the lengths differ
     */
    public static float[] between(float[] from, float[] to, double fraction) {
        if (from.length != to.length) {
            throw new IllegalArgumentException("vectors of length " + from.length + " and " + to.length);
        }
        double dot = 0;
        double fromSquared = 0;
        double toSquared = 0;
        for (int i = 0; i < from.length; i++) {
            dot += (double) from[i] * to[i];
            fromSquared += (double) from[i] * from[i];
            toSquared += (double) to[i] * to[i];
        }
        double lengths = Math.sqrt(fromSquared) * Math.sqrt(toSquared);
        // Rounding can put parallel vectors' cosine above 1. A zero vector has no direction: interpolated linearly.
        double cosine = lengths == 0 ? 1 : Math.max(-1, Math.min(1, dot / lengths));
        double angle = Math.acos(cosine);
        double fromWeight = angle == 0 ? 1 - fraction : Math.sin((1 - fraction) * angle) / Math.sin(angle);
        double toWeight = angle == 0 ? fraction : Math.sin(fraction * angle) / Math.sin(angle);
        float[] result = new float[from.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) (fromWeight * from[i] + toWeight * to[i]);
        }
        return result;
    }
}
