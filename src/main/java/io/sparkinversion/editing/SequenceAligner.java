package io.sparkinversion.editing;

import java.util.Arrays;

/**
 * The alignment of two token sequences that keeps the most tokens in place (Needleman and Wunsch, 1970): equal tokens
 * score 1, different ones -1, gaps nothing. Among equally good alignments the last tokens decide: first the target's
 * is taken to be new, then the source's to be gone, and only then the two to belong together.
 */
final class SequenceAligner {
    /** In place of a source position: the target's token is new. */
    static final int NEW = -1;

    private SequenceAligner() {}

    /** For each position of the target the source's position that it is aligned with, or {@link #NEW}. */
    static int[] align(long[] source, long[] target) {
        int[][] score = scores(source, target);
        int[] aligned = new int[target.length];
        Arrays.fill(aligned, NEW);
        int i = source.length;
        int j = target.length;
        while (i > 0 && j > 0) {
            if (score[i][j] == score[i][j - 1]) {
                j--;
            } else if (score[i][j] == score[i - 1][j]) {
                i--;
            } else {
                aligned[--j] = --i;
            }
        }
        return aligned;
    }

    /** The best score of each pair of beginnings. */
    private static int[][] scores(long[] source, long[] target) {
        int[][] score = new int[source.length + 1][target.length + 1];
        for (int i = 1; i <= source.length; i++) {
            for (int j = 1; j <= target.length; j++) {
                int together = score[i - 1][j - 1] + (source[i - 1] == target[j - 1] ? 1 : -1);
                score[i][j] = Math.max(together, Math.max(score[i][j - 1], score[i - 1][j]));
            }
        }
        return score;
    }
}
