package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.engine.EngineException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExecutorGuardTest {
    private final List<Integer> exits = new ArrayList<>();

    private Iterator<ImageOutcome> guarded(BatchPipeline pipeline) {
        return new ExecutorGuard(pipeline, exits::add);
    }

    @Test
    void endsTheExecutorWhenTheDeviceIsLost() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine().losesDeviceAfter(0), 2)) {
            Iterator<ImageOutcome> outcomes =
                    guarded(fixture.over(PipelineFixture.items(4).iterator()));

            assertThatThrownBy(outcomes::hasNext).isInstanceOf(EngineException.class);
            assertThat(exits).containsExactly(86);
        }
    }

    @Test
    void endsItAlsoWhenNobodyAskedWhetherThereIsMore() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine().losesDeviceAfter(0), 2)) {
            Iterator<ImageOutcome> outcomes =
                    guarded(fixture.over(PipelineFixture.items(4).iterator()));

            assertThatThrownBy(outcomes::next).isInstanceOf(EngineException.class);
            assertThat(exits).containsExactly(86);
        }
    }

    @Test
    void leavesItAloneOtherwise() {
        FakeEngine engine = new FakeEngine().outOfMemoryAbove(1).failsFor("caption 2");
        try (PipelineFixture fixture = new PipelineFixture(engine, 2)) {
            List<ImageOutcome> outcomes = new ArrayList<>();
            guarded(fixture.over(PipelineFixture.items(4).iterator())).forEachRemaining(outcomes::add);

            assertThat(outcomes).hasSize(4);
            assertThat(exits).isEmpty();
        }
    }
}
