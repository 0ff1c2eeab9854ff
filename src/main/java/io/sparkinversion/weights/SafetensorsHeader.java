package io.sparkinversion.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The JSON header of a safetensors file: {@code {"name": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]},
 * ..., "__metadata__": {"key": "value"}}}. It is read as a stream, so that memory is proportional to the header, and
 * checked against the size of the data that follow it.
 *
 * @param tensors in the header's order
 * @param metadata empty where there is none
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {

    private static final String METADATA = "__metadata__";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * @param dtype kept as text: a type that is not supported only matters once its tensor is read
     * @param begin of the tensor's bytes, counted from the end of the header
     * @param end exclusive
     */
    record Entry(String dtype, long[] shape, long begin, long end) {}

    /**
     * @param json UTF-8
     * @param dataSize bytes between the end of the header and the end of the file
     * @param file for messages
     * @throws WeightsException if the header breaks the format or points outside of the data
     */
    static SafetensorsHeader parse(byte[] json, long dataSize, String file) {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "header", file);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals(METADATA)) {
                    expect(parser, value, JsonToken.START_OBJECT, METADATA, file);
                    readMetadata(parser, metadata, file);
                } else {
                    expect(parser, value, JsonToken.START_OBJECT, "tensor '" + name + "'", file);
                    tensors.put(name, readEntry(parser, name, dataSize, file));
                }
            }
            if (parser.nextToken() != null) {
                throw new WeightsException(file + ": the safetensors header goes on after its closing brace");
            }
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    file + ": the safetensors header is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new WeightsException(file + ": the safetensors header cannot be decoded: " + e.getMessage(), e);
        }
        return new SafetensorsHeader(Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
    }

    private static void readMetadata(JsonParser parser, Map<String, String> metadata, String file) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA + " '" + key + "'", file);
            metadata.put(key, parser.getText());
        }
    }

    private static Entry readEntry(JsonParser parser, String name, long dataSize, String file) throws IOException {
        String subject = "tensor '" + name + "'";
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "dtype" -> {
                    expect(parser, value, JsonToken.VALUE_STRING, subject + " dtype", file);
                    dtype = parser.getText();
                }
                case "shape" -> shape = readNumbers(parser, value, subject + " shape", file);
                case "data_offsets" -> offsets = readNumbers(parser, value, subject + " data_offsets", file);
                default -> parser.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new WeightsException(
                    file + ": " + subject + " needs a dtype, a shape and two data_offsets in the safetensors header");
        }
        Entry entry = new Entry(dtype, shape, offsets[0], offsets[1]);
        check(entry, dataSize, file + ": " + subject);
        return entry;
    }

    private static void check(Entry entry, long dataSize, String subject) {
        if (entry.begin < 0 || entry.end < entry.begin || entry.end > dataSize) {
            throw new WeightsException(subject + " has data_offsets [" + entry.begin + ", " + entry.end
                    + "] and the file has " + dataSize + " bytes of data; it is damaged or incomplete");
        }
        Shapes.elements(entry.shape, subject);
        WeightType.find(entry.dtype).ifPresent(type -> {
            long expected = Shapes.bytes(entry.shape, type, subject);
            if (expected != entry.end - entry.begin) {
                throw new WeightsException(subject + " of type " + type + " and shape " + Arrays.toString(entry.shape)
                        + " needs " + expected + " bytes and has " + (entry.end - entry.begin));
            }
        });
    }

    private static long[] readNumbers(JsonParser parser, JsonToken value, String subject, String file)
            throws IOException {
        expect(parser, value, JsonToken.START_ARRAY, subject, file);
        long[] numbers = new long[4];
        int count = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            expect(parser, token, JsonToken.VALUE_NUMBER_INT, subject, file);
            if (count == Shapes.MAX_DIMENSIONS) {
                throw new WeightsException(
                        file + ": " + subject + " has more than " + Shapes.MAX_DIMENSIONS + " numbers");
            }
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private static void expect(JsonParser parser, JsonToken token, JsonToken wanted, String subject, String file) {
        if (token != wanted) {
            throw new WeightsException(file + ": " + subject + " in the safetensors header should be " + wanted
                    + " and is " + token + " (byte " + parser.currentLocation().getByteOffset() + " of the header)");
        }
    }
}
