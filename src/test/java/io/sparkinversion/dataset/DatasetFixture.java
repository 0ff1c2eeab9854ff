package io.sparkinversion.dataset;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.dataset.format.Reading;
import java.nio.file.Path;

/** The one place where this room's job tests say how a dataset is named. */
public final class DatasetFixture {
    private DatasetFixture() {}

    /** A folder of images with its captions file in it. */
    public static DatasetSettings captionsIn(Path folder) {
        return new DatasetSettings(folder.toString(), null, Format.AUTO, 0);
    }

    /** The same rows with edits. */
    public static DatasetSettings edited(DatasetSettings all, EditSource edits) {
        return new DatasetSettings(
                all.root(), all.captions(), all.format(), all.limit(), all.sample(), all.seed(), edits, all.reading());
    }

    /** The same rows, with what else the user says of them. */
    public static DatasetSettings read(DatasetSettings all, Reading reading) {
        return new DatasetSettings(
                all.root(), all.captions(), all.format(), all.limit(), all.sample(), all.seed(), all.edits(), reading);
    }

    /** A folder of Parquet files with the images in them. */
    static DatasetSettings parquetIn(Path folder) {
        return new DatasetSettings(folder.toString(), null, Format.PARQUET, 0);
    }
}
