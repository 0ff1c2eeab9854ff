package io.sparkinversion.export;

import java.io.Serializable;

/**
 * A picture on its way to a file.
 *
 * @param name below the target, without extension
 * @param kind original, reconstruction, edited or mask
 * @param text the caption, or the edit prompt of an edited picture
 * @param json of all that is known of it
 * @param png the file's content
 */
record ExportedFile(String name, String kind, String text, String json, byte[] png) implements Serializable {}
