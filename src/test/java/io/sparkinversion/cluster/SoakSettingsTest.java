package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cluster.SoakSettings.Moment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoakSettingsTest {
    private static final SoakSettings FULL = new SoakSettings(1, 30, 2000, 200);

    @Test
    void equalSeedsHaveEqualFaultsAtEqualMoments() {
        assertThat(FULL.schedule()).isEqualTo(new SoakSettings(1, 30, 2000, 200).schedule());
        assertThat(new SoakSettings(2, 30, 2000, 200).schedule()).isNotEqualTo(FULL.schedule());
    }

    @Test
    void allFaultsAreThrownWithinTheTimeAndOfEveryKind() {
        List<Moment> schedule = FULL.schedule();
        assertThat(schedule).hasSize(200).extracting(Moment::at).isSorted().allMatch(at -> !at.isNegative());
        assertThat(schedule.get(199).at()).isLessThan(Duration.ofMinutes(30));
        assertThat(schedule).extracting(Moment::kind).containsAll(SoakSettings.KINDS);
    }

    /** The devices of a run without faults compute for a quarter of the time. */
    @Test
    void theEngineIsAsSlowAsTheRunIsToBeLong() {
        long batches = FULL.images() / SoakSettings.BATCH_SIZE;
        Duration computing = FULL.evaluation().multipliedBy(batches * SoakSettings.PASSES / SoakSettings.EXECUTORS);
        assertThat(computing).isEqualTo(Duration.ofMinutes(30).dividedBy(4));
        assertThat(FULL.cleanWork()).isEqualTo(batches * SoakSettings.BATCH_SIZE * SoakSettings.PASSES);
    }
}
