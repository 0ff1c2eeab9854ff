package io.sparkinversion.verify;

import java.util.List;

/** Compares what one golden file holds with what this code computes. */
@FunctionalInterface
public interface Suite {
    void verify(GoldenFile golden, Cases cases);

    /**
     * Several suites, each for its own tensors of one file. One that throws does not keep the others from their
     * tensors.
     */
    static Suite all(Suite... suites) {
        return (golden, cases) -> List.of(suites).forEach(suite -> cases.run(() -> suite.verify(golden, cases)));
    }

    /** Tensors that nothing here can compute. */
    static Suite notSupported(String why) {
        return (golden, cases) -> golden.names().forEach(name -> cases.notSupported(name, why));
    }

    /**
     * The report under a folder's and file's name. A golden that no case compares is reported as not supported, an
     * input included, unless a case that was compared has read it.
     */
    interface Cases {
        /**
         * Runs a case. An exception becomes the failure of those of its tensors that the file holds and that are not
         * compared yet, and the next case can run.
         *
         * @param tensors what the case compares; the first is named even if the file lacks it
         */
        void run(Runnable body, String... tensors);

        void compare(String tensor, float[] actual, double tolerance);

        void exact(String tensor, float[] actual);

        /** The same under a longer name, where one tensor is compared in several ways. */
        void compare(String tensor, String suffix, float[] actual, double tolerance);

        /** Passes if no element differs by more than {@code tolerance} times its reference. */
        void relative(String tensor, String suffix, float[] actual, double tolerance);

        /** Passes if the root of the mean squared difference is at most {@code tolerance}. */
        void rootMeanSquare(String tensor, String suffix, float[] actual, double tolerance);

        /** Declares tensors that are inputs of cases. They count as such once a case that read them is compared. */
        void input(String... tensors);

        void notSupported(String tensor, String why);
    }
}
