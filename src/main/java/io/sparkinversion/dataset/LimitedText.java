package io.sparkinversion.dataset;

/** A text of which only so many characters can be read, counting again those that are read again. */
final class LimitedText implements CharSequence {
    private final String text;
    private int left;

    LimitedText(String text, int most) {
        this.text = text;
        this.left = most;
    }

    /** More characters were read than allowed. */
    static final class ExhaustedException extends RuntimeException {
        ExhaustedException() {
            super("too many characters read", null, false, false);
        }
    }

    /** @throws ExhaustedException at the first character too many */
    @Override
    public char charAt(int index) {
        if (left == 0) {
            throw new ExhaustedException();
        }
        left--;
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
