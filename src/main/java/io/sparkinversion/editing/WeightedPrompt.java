package io.sparkinversion.editing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt whose author has weighed some of its words: {@code a (red:1.5) car}, {@code a (big red:0.5) car}.
 *
 * @param text the prompt itself, without the markup
 * @param factors of words of the text, for every place where they stand
 */
record WeightedPrompt(String text, Map<String, Double> factors) {
    private static final Pattern MARKUP =
            Pattern.compile("\\(([^():]+):([^():\\s][^():]*)\\)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)");

    /** Where words with a factor are in the text, in its characters. */
    private record Span(int start, int end, double factor) {}

    /**
     * Words in parentheses are markup where a colon and, without a blank, something that begins as a number does ends
     * them. Other parentheses are text like any other.
     *
     * @throws IllegalArgumentException if such a number is not one, or a word gets two
     */
    static WeightedPrompt parse(String prompt) {
        StringBuilder text = new StringBuilder();
        List<Span> spans = new ArrayList<>();
        int copied = 0;
        for (Matcher markup = MARKUP.matcher(prompt); markup.find(); ) {
            String words = markup.group(1).strip();
            if (words.isEmpty() || "+-.0123456789".indexOf(markup.group(2).charAt(0)) < 0) {
                continue;
            }
            text.append(prompt, copied, markup.start()).append(words);
            copied = markup.end();
            double factor = factor(prompt, markup.group(), markup.group(2).strip());
            spans.add(new Span(text.length() - words.length(), text.length(), factor));
        }
        text.append(prompt, copied, prompt.length());
        return new WeightedPrompt(text.toString(), factors(text.toString(), spans));
    }

    private static double factor(String prompt, String markup, String number) {
        if (!NUMBER.matcher(number).matches()) {
            throw new IllegalArgumentException("edit prompt '" + prompt + "': in '" + markup + "' '" + number
                    + "' is not a number; write a factor such as (word:1.5), or a blank after the colon if this is"
                    + " no factor");
        }
        return Double.parseDouble(number);
    }

    private static Map<String, Double> factors(String text, List<Span> spans) {
        Map<String, Double> factors = new LinkedHashMap<>();
        for (Matcher word = Words.in(text); word.find(); ) {
            for (Span span : spans) {
                if (span.start() < word.end() && word.start() < span.end()) {
                    Double other = factors.put(word.group(), span.factor());
                    if (other != null && other != span.factor()) {
                        throw new IllegalArgumentException("edit prompt '" + text + "': the word '" + word.group()
                                + "' has two factors, " + other + " and " + span.factor()
                                + "; a factor is for every place where the word stands");
                    }
                }
            }
        }
        return factors;
    }
}
