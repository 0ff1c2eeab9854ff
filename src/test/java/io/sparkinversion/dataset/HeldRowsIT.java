package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.sparkinversion.job.SparkTestSession;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.Test;

class HeldRowsIT {
    @Test
    void rowsAreHeldUntilTheHolderCloses() {
        Dataset<Row> rows;
        try (HeldRows held = new HeldRows()) {
            rows = held.hold(SparkTestSession.session().range(3).toDF());
            assertThat(rows.storageLevel()).isEqualTo(StorageLevel.DISK_ONLY());
        }
        assertThat(rows.storageLevel()).isEqualTo(StorageLevel.NONE());
    }

    @Test
    void closingIsPossibleAfterTheSessionHasStopped() {
        HeldRows held = new HeldRows();
        held.hold(SparkTestSession.session().range(3).toDF());

        SparkTestSession.makeWay();

        assertThatCode(held::close).doesNotThrowAnyException();
    }
}
