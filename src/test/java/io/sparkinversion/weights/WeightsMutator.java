package io.sparkinversion.weights;

import io.sparkinversion.fuzz.ByteMutator;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.JsonMutator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Damages weight files: their bytes, or one layer of them while the layers around it stay whole. */
final class WeightsMutator {
    private static final List<String> ZIPS =
            List.of("torch_zip.pth", "zip.pth", "zip_protocol4.pth", "nested_zip.ckpt");
    private static final List<String> LEGACY = List.of("torch_legacy.pth", "legacy.pth", "legacy_view.pth");
    private static final int LEGACY_PICKLES = 5;
    private static final int DATA_BYTES = 40;
    private static final List<String> HEADERS = List.of(
            "{\"__metadata__\": {\"format\": \"pt\"}, \"a\": {\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\":"
                    + " [0, 24]}, \"b.weight\": {\"dtype\": \"BF16\", \"shape\": [8], \"data_offsets\": [24, 40]}}",
            "{\"scalar\": {\"dtype\": \"I64\", \"shape\": [], \"data_offsets\": [0, 8]}, \"empty\": {\"dtype\":"
                    + " \"F16\", \"shape\": [0, 4], \"data_offsets\": [8, 8]}, \"odd\": {\"dtype\": \"U8\","
                    + " \"shape\": [32], \"data_offsets\": [8, 40], \"more\": {\"x\": [1, [2, [3]]]}}}");
    static final String INDEX = "{\"metadata\": {\"total_size\": 40}, \"weight_map\": {\"a\": \"shard.safetensors\","
            + " \"b.weight\": \"shard.safetensors\", \"c\": \"../shard.safetensors\"}}";

    private final Map<String, byte[]> checkpoints = new LinkedHashMap<>();
    private final ByteMutator bytes;
    private final JsonMutator json;
    private final PickleMutator pickles;

    WeightsMutator() {
        for (String name : ZIPS) {
            checkpoints.put(name, resource(name));
        }
        for (String name : LEGACY) {
            checkpoints.put(name, resource(name));
        }
        bytes = new ByteMutator(
                List.copyOf(checkpoints.values()),
                "PK\u0001\u0002",
                "PK\u0003\u0004",
                "PK\u0005\u0006",
                "PK\u0006\u0006",
                "PK\u0006\u0007",
                "archive/data.pkl",
                "F32",
                "data_offsets");
        json = new JsonMutator(HEADERS.stream()
                .map(header -> header.getBytes(StandardCharsets.UTF_8))
                .toList());
        pickles = new PickleMutator(
                checkpoints.keySet().stream().map(name -> pickle(name)).toList());
    }

    static byte[] shard() {
        return Checkpoints.withLength(
                HEADERS.get(0).length(), HEADERS.get(0).getBytes(StandardCharsets.UTF_8), new byte[DATA_BYTES]);
    }

    FuzzFile safetensors(Random random) {
        byte[] header = ByteMutator.any(HEADERS, random).getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(4) == 0) {
            byte[] whole = Checkpoints.withLength(header.length, header, new byte[DATA_BYTES]);
            return new FuzzFile("a safetensors file's bytes", bytes.mutate(whole, random));
        }
        byte[] changed = json.mutate(header, random);
        long length = random.nextInt(8) == 0 ? ByteMutator.extreme(random) : changed.length;
        return new FuzzFile("a safetensors header", Checkpoints.withLength(length, changed, new byte[DATA_BYTES]));
    }

    FuzzFile index(Random random) {
        return new FuzzFile("an index of shards", json.mutate(INDEX.getBytes(StandardCharsets.UTF_8), random));
    }

    FuzzFile checkpoint(Random random) {
        String name = ByteMutator.any(List.copyOf(checkpoints.keySet()), random);
        byte[] intact = checkpoints.get(name);
        switch (random.nextInt(4)) {
            case 0 -> {
                return new FuzzFile(name, bytes.mutate(intact, random));
            }
            case 1 -> {
                return new FuzzFile(
                        name + "'s directory",
                        ZIPS.contains(name) ? headers(intact, random) : bytes.mutate(intact, random));
            }
            default -> {
                byte[] pickle = pickles.mutate(pickle(name), random);
                byte[] whole = ZIPS.contains(name) ? zip(name, pickle) : legacy(intact, pickle);
                return new FuzzFile(name + "'s pickle", whole);
            }
        }
    }

    /** Extreme numbers in the fields of the zip archive's headers. */
    private static byte[] headers(byte[] zip, Random random) {
        byte[] changed = zip.clone();
        ByteBuffer numbers = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> signatures = new ArrayList<>();
        for (int i = 0; i + 22 <= changed.length; i++) {
            if (changed[i] == 'P' && changed[i + 1] == 'K' && changed[i + 2] < 8) {
                signatures.add(i);
            }
        }
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            int at = ByteMutator.any(signatures, random) + 4 + 2 * random.nextInt(20);
            long value = random.nextBoolean() ? random.nextInt(changed.length) : ByteMutator.extreme(random);
            if (random.nextBoolean()) {
                numbers.putShort(Math.min(at, changed.length - 2), (short) value);
            } else {
                numbers.putInt(Math.min(at, changed.length - 4), (int) value);
            }
        }
        return changed;
    }

    private byte[] pickle(String name) {
        if (ZIPS.contains(name)) {
            Map<String, byte[]> entries = entries(name);
            return entries.get(entries.keySet().stream()
                    .filter(key -> key.endsWith("data.pkl"))
                    .findFirst()
                    .get());
        }
        List<byte[]> program = PickleMutator.split(checkpoints.get(name), LEGACY_PICKLES);
        return PickleMutator.joined(program.subList(0, program.size() - 1));
    }

    private static byte[] legacy(byte[] intact, byte[] changed) {
        List<byte[]> program = PickleMutator.split(intact, LEGACY_PICKLES);
        return PickleMutator.joined(List.of(changed, program.get(program.size() - 1)));
    }

    private static byte[] zip(String intact, byte[] changed) {
        Map<String, byte[]> entries = entries(intact);
        entries.replaceAll((entry, content) -> entry.endsWith("data.pkl") ? changed : content);
        return zip(entries);
    }

    static byte[] zip(Map<String, byte[]> entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> content : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(content.getKey());
                CRC32 checksum = new CRC32();
                checksum.update(content.getValue());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(content.getValue().length);
                entry.setCrc(checksum.getValue());
                zip.putNextEntry(entry);
                zip.write(content.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static Map<String, byte[]> entries(String name) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(Checkpoints.resource(name).toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static byte[] resource(String name) {
        try {
            return Files.readAllBytes(Checkpoints.resource(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
