package io.sparkinversion.report;

/**
 * A finished plot.
 *
 * @param name of its file, without folder and ending
 * @param caption what it shows, one or two sentences
 * @param light PNG for a light page, the one that is written to a file
 * @param dark PNG for a dark page
 */
public record Plot(String name, String caption, byte[] light, byte[] dark) {}
