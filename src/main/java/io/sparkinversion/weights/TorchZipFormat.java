package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's format since 1.6: a zip archive of uncompressed entries, {@code NAME/data.pkl} for the object and
 * {@code NAME/data/KEY} for each storage's bytes, in newer files {@code NAME/byteorder}.
 */
final class TorchZipFormat {

    private static final String PICKLE = "/data.pkl";

    private TorchZipFormat() {}

    static TorchContents read(MappedFile file, boolean amongOthers) {
        String path = file.path().toString();
        Map<String, TorchContents.Region> entries = StoredZip.entries(file);
        List<String> pickles = entries.keySet().stream()
                .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length())
                .toList();
        if (pickles.size() != 1) {
            throw new WeightsException(path + " is a zip archive with " + pickles.size()
                    + " entries NAME/data.pkl where a PyTorch checkpoint has one");
        }
        String pickle = pickles.get(0);
        String folder = pickle.substring(0, pickle.length() - PICKLE.length());
        TorchContents.Region order = entries.get(folder + "/byteorder");
        if (order != null && !"little".equals(text(file, order))) {
            throw new WeightsException(path + " was written on a big-endian machine; save it again on another");
        }
        TorchContents.Region region = entries.get(pickle);
        if (region.length() > TorchContents.MAX_PICKLE_BYTES) {
            throw new WeightsException(path + ": " + pickle + " has " + region.length() + " bytes where a checkpoint's"
                    + " has at most " + TorchContents.MAX_PICKLE_BYTES);
        }
        ByteBuffer input = file.slice(region.offset(), region.length(), pickle);
        Object root = new PickleReader(input, new TorchGlobals(path, amongOthers), path).read();
        String data = folder + "/data/";
        Map<String, TorchContents.Region> storages = new HashMap<>();
        entries.forEach((name, entry) -> {
            if (name.startsWith(data)) {
                storages.put(name.substring(data.length()), entry);
            }
        });
        return new TorchContents(root, storages);
    }

    private static String text(MappedFile file, TorchContents.Region region) {
        byte[] bytes = new byte[(int) Math.min(region.length(), 16)];
        file.slice(region.offset(), bytes.length, "byteorder").get(bytes);
        return new String(bytes, StandardCharsets.US_ASCII).strip();
    }
}
