package io.sparkinversion.evaluation.edits;

/**
 * How an edit was made.
 *
 * @param method of inversion, with its settings
 * @param control that kept the edit to the image
 */
record Approach(String method, String control) {
    /** For tables: {@code negative-prompt + prompt-to-prompt}. */
    String label() {
        return method + " + " + control;
    }
}
