package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchLimitTest {

    @ParameterizedTest
    @CsvSource({"8, 8, 4", "8, 7, 4", "3, 3, 2", "2, 2, 1", "1, 1, 1", "4, 8, 4"})
    void fallsToHalfOfWhatDidNotFit(int wanted, int tooLarge, int left) {
        BatchLimit limit = new BatchLimit(wanted);
        limit.didNotFit(tooLarge);

        assertThat(limit.images()).isEqualTo(left);
    }

    @Test
    void mustLeaveRoomForOneImage() {
        assertThatThrownBy(() -> new BatchLimit(0)).hasMessage("batch size is 0; it must be 1 or more");
    }
}
