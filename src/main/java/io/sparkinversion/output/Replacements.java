package io.sparkinversion.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.JobException;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * Waves that take the place of older ones, so that rows can be redone without an image being in two waves or in none.
 *
 * <p>{@code OUT/replacements/wave=N.json} names the waves that wave N replaces. It is written before wave N commits and
 * counts only once N has: from that moment the old waves are void, and whoever finds the marker deletes them. A marker
 * whose wave never committed is void itself.
 */
public final class Replacements {
    private final OutputDirectory output;
    private final Path folder;

    public Replacements(OutputDirectory output) {
        this.output = output;
        this.folder = output.path("replacements");
    }

    /** The marker's content. */
    record Marker(int wave, SortedSet<Integer> replaces) {}

    /** Announces the replacement; the caller commits the new wave next. */
    public void announce(int wave, SortedSet<Integer> replaces) throws IOException {
        output.write(marker(wave), Json.write(new Marker(wave, replaces)));
    }

    /** Deletes what a committed wave has replaced, then the marker. */
    public void finish(int wave, SortedSet<Integer> replaces) throws IOException {
        for (int old : replaces) {
            output.deleteWave(old);
        }
        output.delete(marker(wave));
    }

    /**
     * Brings the directory into order after a run that was killed: finishes the replacements that were committed,
     * forgets those that were not, and deletes the remains of waves that never committed and of committers.
     *
     * @return the waves that hold the rows of the output
     */
    public SortedSet<Integer> recover() throws IOException {
        SortedSet<Integer> committed = output.committedWaves();
        SortedSet<Integer> valid = new TreeSet<>(committed);
        for (int wave : output.wavesIn(folder)) {
            if (committed.contains(wave)) {
                SortedSet<Integer> replaced = read(wave).replaces();
                finish(wave, replaced);
                valid.removeAll(replaced);
            } else {
                output.delete(marker(wave));
            }
        }
        output.deleteWavesExcept(valid);
        if (!valid.isEmpty()) {
            output.deleteCommitterFiles();
        }
        return valid;
    }

    /** What {@link #recover} would return; changes nothing, so it may be asked while a run works. */
    public SortedSet<Integer> valid() throws IOException {
        SortedSet<Integer> committed = output.committedWaves();
        SortedSet<Integer> valid = new TreeSet<>(committed);
        for (int wave : output.wavesIn(folder)) {
            if (committed.contains(wave)) {
                valid.removeAll(read(wave).replaces());
            }
        }
        return valid;
    }

    private Marker read(int wave) throws IOException {
        try {
            return Json.read(output.read(marker(wave)), Marker.class);
        } catch (JsonProcessingException e) {
            throw new JobException(
                    marker(wave) + " is damaged: it should name the waves that " + OutputDirectory.waveName(wave)
                            + " replaces; restore it or choose another --output",
                    e);
        }
    }

    private Path marker(int wave) {
        return new Path(folder, OutputDirectory.waveName(wave) + ".json");
    }
}
