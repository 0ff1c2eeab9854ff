package io.sparkinversion.output;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.dataset.format.Reading;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * {@link DatasetSettings} as results keep them: addresses are absolute and without credentials.
 *
 * @param root absolute address of the images
 * @param captions address of the captions, or null
 * @param format of both
 * @param limit rows taken from the front; 0 for all
 * @param sample rows drawn from those; 0 for all
 * @param seed of the draw
 * @param edits {@link EditSource#names}; none in results that are older than edits
 * @param reading {@link Reading#named}; none in results that are older than it
 */
public record DatasetSource(
        String root,
        String captions,
        String format,
        long limit,
        long sample,
        long seed,
        List<String> edits,
        Map<String, String> reading) {
    public DatasetSource {
        edits = edits == null ? List.of() : List.copyOf(edits);
        reading = reading == null ? Map.of() : new LinkedHashMap<>(reading);
    }

    /** @throws JobException if there is no such file system */
    public static DatasetSource of(DatasetSettings settings, Configuration configuration) {
        return new DatasetSource(
                PublicAddress.of(absolute(settings.root(), configuration)),
                PublicAddress.of(settings.captions()),
                settings.format().name().toLowerCase(Locale.ROOT),
                settings.limit(),
                settings.sample(),
                settings.seed(),
                settings.edits().names(),
                settings.reading().named());
    }

    /**
     * Why a run on the other source would drop rows that one on this source has finished; empty if it would not.
     *
     * @param wanted the same dataset, perhaps with another limit, sample or edits
     */
    public Optional<String> droppedBy(DatasetSource wanted) {
        // Other edits are made in the place of earlier ones, from the same inversions.
        if (wanted.edits.isEmpty() != edits.isEmpty()) {
            return Optional.of(difference("edits", editsText(), wanted.editsText()));
        }
        if (!reading.equals(wanted.reading)) {
            return Optional.of(difference("reading", readingText(), wanted.readingText()));
        }
        boolean fewer = wanted.rows() < rows();
        if (wanted.sample == 0) {
            return fewer ? Optional.of(difference("limit", limitText(), wanted.limitText())) : Optional.empty();
        }
        if (sample == 0 || seed != wanted.seed || sample > wanted.sample) {
            return Optional.of(difference("sample", sampleText(), wanted.sampleText()));
        }
        // A draw from other rows is another draw.
        return limit == wanted.limit
                ? Optional.empty()
                : Optional.of(difference("limit of the sample", limitText(), wanted.limitText()));
    }

    /** The most rows that the draw is made from. */
    private long rows() {
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    private String limitText() {
        return limit == 0 ? "none" : Long.toString(limit);
    }

    private String sampleText() {
        return sample == 0 ? "none" : sample + " with seed " + seed;
    }

    private String editsText() {
        return edits.isEmpty() ? "none" : String.join(", ", edits);
    }

    private String readingText() {
        return reading.isEmpty()
                ? "as found"
                : reading.entrySet().stream()
                        .map(option -> option.getKey() + " " + option.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static String difference(String name, String there, String here) {
        return name + ": " + there + " there, " + here + " here, which would drop finished rows";
    }

    /** The address with scheme and full path, so that the same folder is recognised from another working directory. */
    private static String absolute(String address, Configuration configuration) {
        if (address.equals(DatasetSettings.DATA_FRAME)) {
            return address;
        }
        try {
            Path path = new Path(address);
            return path.getFileSystem(configuration).makeQualified(path).toString();
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("cannot reach the dataset " + PublicAddress.of(address) + ": " + e.getMessage(), e);
        }
    }
}
