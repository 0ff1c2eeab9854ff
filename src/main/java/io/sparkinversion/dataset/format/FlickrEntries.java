package io.sparkinversion.dataset.format;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Flickr8k's and Flickr30k's token files, and other lists of the kind: an image's name, {@code #} and a number if it
 * has several captions, a tab, and a caption, which is taken as it is.
 */
record FlickrEntries(Reading reading) implements EntryReader {
    private static final Pattern NUMBER = Pattern.compile("#\\d+$");

    /** Whether a file with such a first line is a list of the kind. */
    static boolean looksLikeOne(String line) {
        int tab = line.indexOf('\t');
        return tab > 0 && Pictures.isPicture(name(line.substring(0, tab)));
    }

    private static String name(String text) {
        return NUMBER.matcher(text.strip()).replaceFirst("");
    }

    @Override
    public Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException {
        BufferedReader text =
                new BufferedReader(TextFile.open(new Path(file.address()), configuration, reading.encoding()));
        return new LazyEntries() {
            private long row;

            @Override
            Entry read() throws IOException {
                String line = text.readLine();
                while (line != null && line.isBlank()) {
                    line = text.readLine();
                }
                if (line == null) {
                    return null;
                }
                row++;
                int tab = line.indexOf('\t');
                if (tab < 0) {
                    return Entry.malformed("row " + row + " of " + name()
                            + " has no tab; write the image's name, a tab and the caption");
                }
                Entry entry = new Entry();
                entry.path = FlickrEntries.name(line.substring(0, tab));
                entry.captions = List.of(line.substring(tab + 1).strip());
                return entry;
            }

            @Override
            String name() {
                return "captions file " + file.address();
            }

            @Override
            public void close() throws IOException {
                text.close();
            }
        };
    }

    @Override
    public String nothing() {
        return "has no lines";
    }
}
