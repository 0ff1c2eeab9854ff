package io.sparkinversion.verify;

import java.util.List;

/** Compares what one golden file holds with what this code computes. */
@FunctionalInterface
interface Suite {
    void verify(GoldenFile golden, Cases cases);

    /** Several suites, each for its own tensors of one file. */
    static Suite all(Suite... suites) {
        return (golden, cases) -> List.of(suites).forEach(suite -> suite.verify(golden, cases));
    }

    /** The report under a folder's and file's name; a golden that nobody asks for is reported as not supported. */
    interface Cases {
        void compare(String tensor, float[] actual, double tolerance);

        void exact(String tensor, float[] actual);

        /** The same under a longer name, where one tensor is compared in several ways. */
        void compare(String tensor, String suffix, float[] actual, double tolerance);

        /** Passes if no element differs by more than {@code tolerance} times its reference. */
        void relative(String tensor, String suffix, float[] actual, double tolerance);

        /** Passes if the root of the mean squared difference is at most {@code tolerance}. */
        void rootMeanSquare(String tensor, String suffix, float[] actual, double tolerance);

        /** Declares tensors that are inputs of cases, not cases. */
        void input(String... tensors);

        void notSupported(String tensor, String why);
    }
}
