package io.sparkinversion.dataset.format;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * A text in the encoding that it has: by its byte order mark, else the one that the user names, else UTF-16 where every
 * other byte of its beginning is zero, else UTF-8. Bytes that are no text are an error, never a replacement character.
 */
final class TextFile extends Reader {
    private static final int BUFFER = 1 << 16;
    private static final int HEAD = 4;

    private final InputStream bytes;
    private final CharsetDecoder decoder;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER).flip();
    private final CharBuffer out = CharBuffer.allocate(BUFFER).flip();
    private long line = 1;
    private boolean ended;

    private TextFile(InputStream bytes, Charset charset) {
        this.bytes = bytes;
        this.decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** The bytes are no text of the encoding. The message goes behind the name of the file. */
    static final class NoTextException extends IOException {
        private static final long serialVersionUID = 1L;

        NoTextException(String message) {
            super(message);
        }
    }

    /** @param encoding null to find out; what is compressed is decompressed by the file's name */
    static TextFile open(Path file, Configuration configuration, String encoding) throws IOException {
        InputStream stored = file.getFileSystem(configuration).open(file);
        try {
            CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(file);
            return of(codec == null ? stored : codec.createInputStream(stored), encoding);
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    static TextFile of(InputStream stream, String encoding) throws IOException {
        BufferedInputStream bytes = new BufferedInputStream(stream, BUFFER);
        bytes.mark(HEAD);
        byte[] head = bytes.readNBytes(HEAD);
        bytes.reset();
        Charset byMark = byMark(head);
        if (byMark != null) {
            bytes.skipNBytes(byMark.equals(StandardCharsets.UTF_8) ? 3 : 2);
            return new TextFile(bytes, byMark);
        }
        return new TextFile(bytes, encoding == null ? guess(head) : Reading.charset(encoding));
    }

    private static Charset byMark(byte[] head) {
        if (head.length >= 3 && head[0] == (byte) 0xef && head[1] == (byte) 0xbb && head[2] == (byte) 0xbf) {
            return StandardCharsets.UTF_8;
        }
        if (head.length >= 2 && head[0] == (byte) 0xff && head[1] == (byte) 0xfe) {
            return StandardCharsets.UTF_16LE;
        }
        return head.length >= 2 && head[0] == (byte) 0xfe && head[1] == (byte) 0xff ? StandardCharsets.UTF_16BE : null;
    }

    private static Charset guess(byte[] head) {
        if (head.length < HEAD) {
            return StandardCharsets.UTF_8;
        }
        if (head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0) {
            return StandardCharsets.UTF_16LE;
        }
        return head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0
                ? StandardCharsets.UTF_16BE
                : StandardCharsets.UTF_8;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        while (!out.hasRemaining()) {
            if (ended) {
                return -1;
            }
            decode();
        }
        int count = Math.min(length, out.remaining());
        out.get(target, offset, count);
        return count;
    }

    private void decode() throws IOException {
        in.compact();
        int read = bytes.read(in.array(), in.position(), in.remaining());
        if (read > 0) {
            in.position(in.position() + read);
        }
        in.flip();
        out.clear();
        CoderResult result = decoder.decode(in, out, read < 0);
        if (read < 0 && result.isUnderflow()) {
            decoder.flush(out);
            ended = true;
        }
        out.flip();
        long lines = out.chars().filter(c -> c == '\n').count();
        if (result.isError()) {
            throw notText(line + lines, in.get(in.position()) & 0xff);
        }
        line += lines;
    }

    private NoTextException notText(long where, int badByte) {
        String name = decoder.charset().name();
        return new NoTextException(String.format(
                Locale.ROOT,
                "is not %s: line %d has the byte 0x%02x; save it as UTF-8, or name its encoding, such as"
                        + " --encoding cp1252",
                name,
                where,
                badByte));
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
