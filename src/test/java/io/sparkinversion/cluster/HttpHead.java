package io.sparkinversion.cluster;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The first line and the headers of an HTTP/1.1 message (RFC 9112), kept byte for byte: S3's signatures cover them.
 *
 * @param text with the empty line at its end
 */
record HttpHead(String text) {
    private static final int LONGEST = 1 << 16;

    /** The next message's head; null where the stream ends before it. */
    static HttpHead read(InputStream input) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = input.read();
            if (next < 0) {
                if (bytes.size() == 0) {
                    return null;
                }
                throw new EOFException("a message's head ends after " + bytes.size() + " bytes");
            }
            bytes.write(next);
            if (bytes.size() > LONGEST) {
                throw new IOException("no message's head is that long");
            }
            if (next == "\r\n\r\n".charAt(matched)) {
                matched++;
            } else {
                matched = next == '\r' ? 1 : 0;
            }
        }
        return new HttpHead(bytes.toString(StandardCharsets.ISO_8859_1));
    }

    void write(OutputStream output) throws IOException {
        output.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A request's method, target and version, or an answer's version, code and reason. */
    String word(int index) {
        return text.lines().findFirst().orElseThrow().split(" ", 3)[index];
    }

    boolean has(String header, String value) {
        return value.equalsIgnoreCase(header(header));
    }

    private String header(String name) {
        return text.lines()
                .skip(1)
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    long contentLength() {
        String length = header("Content-Length");
        return length.isEmpty() ? 0 : Long.parseLong(length);
    }

    /** Copies the message's body as it is, at most so many bytes of one whose length the head tells. */
    void copyBody(InputStream from, OutputStream to, long most) throws IOException {
        if (has("Transfer-Encoding", "chunked")) {
            copyChunks(from, to);
        } else {
            copy(from, to, Math.min(most, contentLength()));
        }
    }

    private static void copyChunks(InputStream from, OutputStream to) throws IOException {
        long size;
        do {
            String line = line(from);
            to.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            size = Long.parseLong(line.split(";")[0].strip(), 16);
            copy(from, to, size + 2);
        } while (size > 0);
    }

    private static String line(InputStream from) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = from.read(); next != '\n'; next = from.read()) {
            if (next < 0) {
                throw new EOFException("a body ends in the middle");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private static void copy(InputStream from, OutputStream to, long length) throws IOException {
        byte[] block = new byte[1 << 15];
        for (long left = length; left > 0; ) {
            int count = from.read(block, 0, (int) Math.min(left, block.length));
            if (count < 0) {
                throw new EOFException("a body ends " + left + " bytes early");
            }
            to.write(block, 0, count);
            left -= count;
        }
    }
}
