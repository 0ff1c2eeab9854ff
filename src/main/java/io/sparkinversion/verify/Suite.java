package io.sparkinversion.verify;

/** Compares what one golden file holds with what this code computes. */
@FunctionalInterface
interface Suite {
    void verify(GoldenFile golden, Cases cases);

    /** The report under a folder's and file's name; a golden that nobody asks for is reported as not supported. */
    interface Cases {
        void compare(String tensor, float[] actual, double tolerance);

        void exact(String tensor, float[] actual);

        /** Declares tensors that are inputs of cases, not cases. */
        void input(String... tensors);

        void notSupported(String tensor, String why);
    }
}
