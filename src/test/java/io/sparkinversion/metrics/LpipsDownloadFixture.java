package io.sparkinversion.metrics;

import com.sun.net.httpserver.HttpServer;
import io.sparkinversion.network.LpipsNetwork.Backbone;
import io.sparkinversion.weights.WeightTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A publisher of small LPIPS networks on this machine: PyTorch checkpoints, and a server that hands them out. */
public final class LpipsDownloadFixture implements AutoCloseable {
    private static final int CHANNELS = 2;

    private final HttpServer server;
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    public LpipsDownloadFixture() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            String name = PublishedLpips.fileName(exchange.getRequestURI());
            requests.add(name);
            byte[] file = files.get(name);
            exchange.sendResponseHeaders(file == null ? 404 : 200, file == null ? -1 : file.length);
            if (file != null) {
                exchange.getResponseBody().write(file);
            }
            exchange.close();
        });
        server.start();
    }

    /** Files by name; what is not in here is answered with 404. */
    public Map<String, byte[]> files() {
        return files;
    }

    /** The names that were asked for. */
    public List<String> requests() {
        return requests;
    }

    HttpServer server() {
        return server;
    }

    public URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + path);
    }

    /** Publishes a small network: its two files are on the server, its hashes are right. */
    public PublishedLpips publish(Backbone net) {
        List<WeightTensor> features = features(net);
        List<WeightTensor> classified = new ArrayList<>(features);
        classified.add(WeightTensor.ofFloats("classifier.6.bias", new long[] {3}, 7, 8, 9));
        byte[] backbone = checkpoint(classified);
        byte[] heads = checkpoint(heads());
        String backboneName =
                net.name().toLowerCase(Locale.ROOT) + "-net-" + sha256(backbone).substring(0, 8) + ".pth";
        String headsName = net.name().toLowerCase(Locale.ROOT) + ".pth";
        files.put(backboneName, backbone);
        files.put(headsName, heads);
        return new PublishedLpips(
                net,
                address("models/" + backboneName),
                net == Backbone.VGG ? null : LpipsDownloadHash.ofTensors(features),
                address("weights/" + headsName),
                LpipsDownloadHash.ofTensors(heads()));
    }

    /** AlexNet or VGG16 with their layers' numbers and sizes, and two channels a layer. */
    static List<WeightTensor> features(Backbone net) {
        boolean alex = net == Backbone.ALEX;
        int[] layers = alex ? new int[] {0, 3, 6, 8, 10} : new int[] {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
        int[] sizes = {11, 5, 3, 3, 3};
        List<WeightTensor> tensors = new ArrayList<>();
        for (int i = 0; i < layers.length; i++) {
            int size = alex ? sizes[i] : 3;
            long[] shape = {CHANNELS, i == 0 ? 3 : CHANNELS, size, size};
            tensors.add(filled("features." + layers[i] + ".weight", shape, i));
            tensors.add(filled("features." + layers[i] + ".bias", new long[] {CHANNELS}, i));
        }
        return tensors;
    }

    static List<WeightTensor> heads() {
        return Stream.of(0, 1, 2, 3, 4)
                .map(layer -> filled("lin" + layer + ".model.1.weight", new long[] {1, CHANNELS, 1, 1}, layer))
                .toList();
    }

    private static WeightTensor filled(String name, long[] shape, int seed) {
        int elements = 1;
        for (long dimension : shape) {
            elements *= (int) dimension;
        }
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = seed + i / 64f;
        }
        return WeightTensor.ofFloats(name, shape, values);
    }

    /** What PyTorch's {@code torch.save} makes of a state dict of float32 tensors: a pickle of protocol 2 in a zip. */
    static byte[] checkpoint(Collection<WeightTensor> tensors) {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            pickle.writeBytes(bytes("\u0080\u0002ccollections\nOrderedDict\n)R("));
            int key = 0;
            for (WeightTensor tensor : tensors) {
                text(pickle, tensor.name());
                pickle.writeBytes(bytes("ctorch._utils\n_rebuild_tensor_v2\n(("));
                text(pickle, "storage");
                pickle.writeBytes(bytes("ctorch\nFloatStorage\n"));
                text(pickle, Integer.toString(key));
                text(pickle, "cpu");
                integer(pickle, tensor.elements());
                pickle.writeBytes(bytes("tQ"));
                integer(pickle, 0);
                tuple(pickle, tensor.shape());
                tuple(pickle, rowMajor(tensor.shape()));
                pickle.writeBytes(bytes("\u0089ccollections\nOrderedDict\n)RtR"));
                ByteBuffer data = tensor.data();
                byte[] stored = new byte[data.remaining()];
                data.get(stored);
                store(zip, "archive/data/" + key, stored);
                key++;
            }
            pickle.writeBytes(bytes("u."));
            store(zip, "archive/data.pkl", pickle.toByteArray());
            store(zip, "archive/version", bytes("3\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return archive.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static long[] rowMajor(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    private static void tuple(ByteArrayOutputStream pickle, long[] numbers) {
        pickle.write('(');
        for (long number : numbers) {
            integer(pickle, number);
        }
        pickle.write('t');
    }

    private static void integer(ByteArrayOutputStream pickle, long number) {
        pickle.write('J');
        pickle.writeBytes(littleEndian((int) number));
    }

    private static void text(ByteArrayOutputStream pickle, String text) {
        pickle.write('X');
        pickle.writeBytes(littleEndian(text.length()));
        pickle.writeBytes(bytes(text));
    }

    private static byte[] littleEndian(int number) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array();
    }

    private static byte[] bytes(String latin) {
        return latin.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** What lies in a folder; nothing where there is none. */
    static List<Path> content(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
