package io.sparkinversion.dataset.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.JobException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * WebDataset shards: members that follow each other and have the same name up to the first dot of its last part are one
 * image; what follows the dot says what each is. The caption is in {@code txt}, {@code caption}, {@code json} or, where
 * there is nothing else, {@code cls}, in this order. The name in the shard is the image's path.
 */
record TarEntries(Reading reading, boolean edits) implements EntryReader {
    private static final int LONGEST_TEXT = 1 << 20;
    /** Bytes; one of zeros ends an archive. */
    private static final int RECORD = 512;

    private static final List<String> TEXTS = List.of("txt", "text", "caption", "json", "cls");

    @Override
    public Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException {
        Path path = new Path(file.address());
        InputStream stored = path.getFileSystem(configuration).open(path);
        CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(path);
        InputStream tar = codec == null ? stored : codec.createInputStream(stored);
        TrailingZeros counted = new TrailingZeros(tar);
        return new Members(new TarArchiveInputStream(counted, "UTF-8"), counted, file, withBytes);
    }

    @Override
    public boolean holdsImages() {
        return true;
    }

    @Override
    public String nothing() {
        return "has no images";
    }

    @Override
    public String lacking(SourceFile file, Configuration configuration, Lacking what) {
        return what.captions()
                ? "shard " + file.address() + " has no captions: no image has a txt, caption, json or cls beside it;"
                        + " give --caption or --caption-from"
                : null;
    }

    /** The images of one shard. */
    private final class Members extends LazyEntries {
        private final TarArchiveInputStream tar;
        private final TrailingZeros counted;
        private final SourceFile file;
        private final boolean withBytes;
        private TarArchiveEntry ahead;

        Members(TarArchiveInputStream tar, TrailingZeros counted, SourceFile file, boolean withBytes) {
            this.tar = tar;
            this.counted = counted;
            this.file = file;
            this.withBytes = withBytes;
        }

        @Override
        String name() {
            return "shard " + file.address();
        }

        @Override
        Entry read() throws IOException {
            try {
                return sample();
            } catch (EOFException e) {
                return Entry.malformed(name() + " is truncated; fetch it again");
            } catch (TextFile.NoTextException e) {
                throw e;
            } catch (IOException | IllegalArgumentException e) {
                String reason = String.valueOf(e.getMessage());
                if (reason.contains("TAR") || reason.contains("header") || e instanceof java.util.zip.ZipException) {
                    return Entry.malformed(name() + " is damaged: " + JobException.oneLine(reason));
                }
                throw e;
            }
        }

        private Entry sample() throws IOException {
            TarArchiveEntry member = ahead == null ? nextFile() : ahead;
            if (member == null) {
                // The library takes a header that is cut off for the end.
                return counted.zeros() >= RECORD
                        ? null
                        : Entry.malformed(name() + " is truncated: it has no end-of-archive mark; fetch it again");
            }
            String key = key(nameOf(member));
            Map<String, String> texts = new HashMap<>();
            Entry entry = new Entry();
            entry.path = key;
            while (member != null && key(nameOf(member)).equals(key)) {
                String kind = Pictures.extension(nameOf(member));
                if (Pictures.isPicture(nameOf(member)) && !Pictures.isPicture(entry.path)) {
                    entry.path = nameOf(member);
                    // Without the bytes the image is still known to be there.
                    entry.bytes = withBytes ? tar.readAllBytes() : new byte[0];
                } else if (TEXTS.contains(kind)) {
                    texts.putIfAbsent(kind, text(member));
                }
                member = nextFile();
            }
            ahead = member;
            say(entry, texts);
            return entry;
        }

        /** What the texts say of the image. */
        private void say(Entry entry, Map<String, String> texts) {
            if (texts.containsKey("json")) {
                try {
                    Entry said = new JsonEntries(reading, edits).entry(texts.get("json"));
                    entry.captions = said.captions;
                    entry.editPrompts = said.editPrompts;
                    entry.blendWords = said.blendWords;
                } catch (JsonProcessingException e) {
                    entry.editProblem = edits ? "the json of " + entry.path + " does not parse" : null;
                }
            }
            for (String kind : List.of("txt", "text", "caption")) {
                String text = texts.get(kind);
                if (text != null && !text.isBlank() && !CaptionColumns.CAPTION.isNamed(reading)) {
                    entry.captions = TextList.filled(text.lines().toList());
                    return;
                }
            }
            if (entry.captions.isEmpty() && texts.containsKey("cls")) {
                entry.captions = List.of(texts.get("cls").strip());
            }
        }

        private String text(TarArchiveEntry member) throws IOException {
            if (member.getSize() > LONGEST_TEXT) {
                return "";
            }
            StringWriter text = new StringWriter();
            try (Reader reader = TextFile.of(new ByteArrayInputStream(tar.readAllBytes()), reading.encoding())) {
                reader.transferTo(text);
                return text.toString();
            } catch (TextFile.NoTextException e) {
                throw new TextFile.NoTextException("has the text " + member.getName() + ", which " + e.getMessage());
            }
        }

        private TarArchiveEntry nextFile() throws IOException {
            TarArchiveEntry member = tar.getNextEntry();
            while (member != null
                    && (!member.isFile() || lastPart(member.getName()).startsWith("."))) {
                member = tar.getNextEntry();
            }
            return member;
        }

        @Override
        public void close() throws IOException {
            tar.close();
        }
    }

    /** Tar keeps what it was told, a leading dot for the folder included. */
    private static String nameOf(TarArchiveEntry member) {
        return member.getName().replaceFirst("^(\\./)+", "");
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private static String key(String name) {
        int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
        return dot < 0 ? name : name.substring(0, dot);
    }
}
