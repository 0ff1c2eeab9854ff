package io.sparkinversion.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.ChecksumException;

/**
 * The JSON file that says what an output directory holds and was made with.
 *
 * @param name of the file
 * @param type of its content
 */
public record OwnerFile<T extends Record>(String name, Class<T> type) {

    public void write(OutputDirectory directory, T content) throws IOException {
        directory.write(directory.path(copy()), Json.write(content));
        directory.write(directory.path(name), Json.write(content));
    }

    /** Written before the file itself: whenever a run dies, one of the two is whole. No file system need rename. */
    private String copy() {
        return "_" + name;
    }

    /** The content; null where there is none that can be read. */
    public T find(OutputDirectory directory) throws IOException {
        T content = parse(directory, name);
        return content == null ? parse(directory, copy()) : content;
    }

    /**
     * What made the directory's content; null where there is nothing in it.
     *
     * @throws JobException if there is something else in it
     */
    public T read(OutputDirectory directory) throws IOException {
        List<String> names = directory.names();
        T content = find(directory);
        boolean bare = names.stream().allMatch(found -> found.startsWith("_") || found.startsWith("."));
        if (content == null && !bare) {
            String shown = names.stream()
                    .filter(found -> !found.startsWith("_") && !found.startsWith("."))
                    .sorted()
                    .limit(3)
                    .collect(Collectors.joining(", "));
            throw new JobException("the output directory "
                    + PublicAddress.of(directory.root().toString())
                    + " is not empty (" + shown + ") and "
                    + (names.contains(name) ? "its " + name + " is damaged" : "holds no " + name + " of this job")
                    + "; choose another --output, or empty it");
        }
        return content;
    }

    private T parse(OutputDirectory directory, String file) throws IOException {
        try {
            String text = directory.read(directory.path(file));
            return text == null ? null : Json.read(text, type);
        } catch (JsonProcessingException | ChecksumException e) {
            return null;
        }
    }

    /**
     * Makes sure that a new run may add to a directory's results.
     *
     * @param there settings by name that the results were made with
     * @param here those of the new run
     * @param dropped why the new run would drop finished rows, if it would
     * @param output the directory
     * @param remedy what to do then
     * @throws JobException if settings differ, naming each, or rows would be dropped
     */
    public static void requireSame(
            Map<String, String> there,
            Map<String, String> here,
            Optional<String> dropped,
            String output,
            String remedy) {
        Map<String, String> all = new LinkedHashMap<>(there);
        all.putAll(here);
        String differences = all.keySet().stream()
                .filter(name -> !Objects.equals(there.get(name), here.get(name)))
                .map(name -> name + ": " + there.get(name) + " there, " + here.get(name) + " here")
                .collect(Collectors.joining("; "));
        if (differences.isEmpty()) {
            differences = dropped.orElse("");
        }
        if (!differences.isEmpty()) {
            throw new JobException("the output directory " + output + " holds a run with other settings (" + differences
                    + "); " + remedy);
        }
    }
}
