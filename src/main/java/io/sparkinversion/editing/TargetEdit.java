package io.sparkinversion.editing;

/**
 * One edit of an image.
 *
 * @param prompt the target prompt, without any markup
 * @param settings how its branch is kept to the image's; a local blend names words of two prompts, the caption's first
 */
public record TargetEdit(String prompt, EditSettings settings) {}
