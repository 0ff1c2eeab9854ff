package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.format.EntryReader.Entries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;

/** Entries that are read when they are asked for. Behind a malformed place there is nothing to be found. */
abstract class LazyEntries implements Entries {
    private Entry next;
    private boolean ended;

    /** The next entry; null at the end. */
    abstract Entry read() throws IOException;

    /** What the file is called in messages: {@code captions file file:/data/captions.csv}. */
    abstract String name();

    @Override
    public final boolean hasNext() {
        if (next == null && !ended) {
            try {
                next = read();
            } catch (TextFile.NoTextException e) {
                next = Entry.malformed(name() + " " + e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            ended = next == null || next.malformed != null;
        }
        return next != null;
    }

    @Override
    public final Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Entry entry = next;
        next = null;
        return entry;
    }

    /** One entry and no more, of a file that cannot be read at all. */
    static Entries malformed(String problem) {
        return new LazyEntries() {
            private Entry only = Entry.malformed(problem);

            @Override
            Entry read() {
                Entry entry = only;
                only = null;
                return entry;
            }

            @Override
            String name() {
                return "";
            }

            @Override
            public void close() {}
        };
    }
}
