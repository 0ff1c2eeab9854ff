package io.sparkinversion.weights;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Seekable;

/** The local disk under the scheme {@code fake}, as a stand-in for HDFS and S3; it records what is opened. */
public class FakeFileSystem extends RawLocalFileSystem {

    private static final URI ROOT = URI.create("fake:///");
    private static final String CUT_SHORT = "fake.cut-short";

    /** The names of the files that were opened in this JVM. */
    static final List<String> OPENED = new CopyOnWriteArrayList<>();

    static Configuration configuration() {
        Configuration configuration = new Configuration(false);
        configuration.set("fs.fake.impl", FakeFileSystem.class.getName());
        configuration.setBoolean("fs.fake.impl.disable.cache", true);
        return configuration;
    }

    /** Files of that name end after their first byte, as they do when a connection breaks. */
    static Configuration cutShort(String name) {
        Configuration configuration = configuration();
        configuration.set(CUT_SHORT, name);
        return configuration;
    }

    @Override
    public URI getUri() {
        return ROOT;
    }

    @Override
    public String getScheme() {
        return ROOT.getScheme();
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        OPENED.add(path.getName());
        FSDataInputStream input = super.open(path, bufferSize);
        return path.getName().equals(getConf().get(CUT_SHORT)) ? new FSDataInputStream(new OneByte(input)) : input;
    }

    private static final class OneByte extends FilterInputStream implements Seekable, PositionedReadable {

        private boolean ended;

        OneByte(InputStream input) {
            super(input);
        }

        @Override
        public int read() throws IOException {
            if (ended) {
                return -1;
            }
            ended = true;
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int value = read();
            if (value < 0) {
                return -1;
            }
            bytes[offset] = (byte) value;
            return 1;
        }

        @Override
        public void seek(long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long getPos() {
            return ended ? 1 : 0;
        }

        @Override
        public boolean seekToNewSource(long position) {
            return false;
        }

        @Override
        public int read(long position, byte[] bytes, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readFully(long position, byte[] bytes, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readFully(long position, byte[] bytes) {
            throw new UnsupportedOperationException();
        }
    }
}
