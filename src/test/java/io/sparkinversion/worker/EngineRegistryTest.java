package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineRegistryTest {
    private final ExecutorService tasks = Executors.newCachedThreadPool();
    private final AtomicInteger loads = new AtomicInteger();
    private final AtomicInteger announcements = new AtomicInteger();

    @AfterEach
    void closeAll() {
        EngineRegistry.closeAll();
        tasks.shutdownNow();
    }

    private static WorkerSettings model(String name) {
        return PipelineFixture.settings(name, 4);
    }

    private Engine engine(String model, EngineRegistry.Loader loader) {
        return EngineRegistry.engine(model(model), Device.cpu(), loader, announcements::incrementAndGet);
    }

    private Engine fake(WorkerSettings settings, Device device) {
        loads.incrementAndGet();
        return new FakeEngine();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("blocked");
            }
        } catch (InterruptedException e) {
            throw new CancellationException("interrupted");
        }
    }

    @Test
    void manyCallersAtOnceShareOneLoad() throws Exception {
        int callers = 16;
        CountDownLatch allAsk = new CountDownLatch(callers);
        List<Future<Engine>> engines = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            engines.add(tasks.submit(() -> {
                allAsk.countDown();
                return engine("shared", (settings, device) -> {
                    await(allAsk);
                    return fake(settings, device);
                });
            }));
        }
        Engine first = engines.get(0).get();
        for (Future<Engine> engine : engines) {
            assertThat(engine.get()).isSameAs(first);
        }

        assertThat(loads).hasValue(1);
        assertThat(announcements).hasValue(1);
    }

    @Test
    void settingsAndDevicesHaveEnginesOfTheirOwn() {
        Engine one = engine("one", this::fake);
        Engine other = engine("other", this::fake);
        Engine onGpu = EngineRegistry.engine(model("one"), Device.gpu(0), this::fake, () -> {});

        assertThat(List.of(one, other, onGpu)).doesNotHaveDuplicates();
        assertThat(engine("one", this::fake)).isSameAs(one);
        assertThat(loads).hasValue(3);
    }

    @Test
    void aLongLoadHoldsUpNobodyElse() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch othersServed = new CountDownLatch(1);
        Future<Engine> slow = tasks.submit(() -> engine("slow", (settings, device) -> {
            loading.countDown();
            await(othersServed);
            return fake(settings, device);
        }));
        await(loading);
        // More models than a fresh hash table has bins, so that some share one with the slow model's.
        for (int i = 0; i < 64; i++) {
            engine("quick " + i, this::fake);
        }
        othersServed.countDown();

        assertThat(slow.get()).isNotNull();
        assertThat(loads).hasValue(65);
    }

    @Test
    void aFailedLoadIsNotKept() {
        assertThatThrownBy(() -> engine("flaky", (settings, device) -> {
                    throw new IllegalStateException("injected: no weights");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("injected: no weights");

        assertThat(engine("flaky", this::fake)).isNotNull();
        assertThat(announcements).hasValue(1);
    }

    @Test
    void whoWaitedForALoadThatFailedTriesForItself() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch failNow = new CountDownLatch(1);
        Future<Engine> unlucky = tasks.submit(() -> engine("flaky", (settings, device) -> {
            loading.countDown();
            await(failNow);
            throw new CancellationException("injected: this task was killed");
        }));
        await(loading);
        FutureTask<Engine> patient = new FutureTask<>(() -> engine("flaky", this::fake));
        Thread waiting = new Thread(patient);
        waiting.start();
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        failNow.countDown();

        assertThat(patient.get()).isInstanceOf(FakeEngine.class);
        assertThatThrownBy(unlucky::get).hasMessageContaining("injected: this task was killed");
        assertThat(loads).hasValue(1);
    }

    @Test
    void aWaitingTaskCanBeCancelled() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Future<Engine> slow = tasks.submit(() -> engine("slow", (settings, device) -> {
            loading.countDown();
            await(over);
            return fake(settings, device);
        }));
        await(loading);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> engine("slow", this::fake))
                .isInstanceOf(CancellationException.class)
                .hasMessage("the task was cancelled while it waited for the model");
        assertThat(Thread.interrupted()).isTrue();
        over.countDown();
        slow.get();
    }

    @Test
    void closesEveryEngineOnceAndLoadsAnewAfterwards() {
        FakeEngine one = (FakeEngine) engine("one", this::fake);
        FakeEngine other = (FakeEngine) engine("other", this::fake);

        EngineRegistry.closeAll();
        EngineRegistry.closeAll();

        assertThat(List.of(one.closings(), other.closings())).containsExactly(1, 1);
        assertThat(engine("one", this::fake)).isNotSameAs(one);
    }

    @Test
    void anEngineThatIsStillLoadingIsClosedWhenItIsThere() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Future<Engine> slow = tasks.submit(() -> engine("slow", (settings, device) -> {
            loading.countDown();
            await(over);
            return fake(settings, device);
        }));
        await(loading);
        EngineRegistry.closeAll();
        over.countDown();

        assertThat(((FakeEngine) slow.get()).closings()).isEqualTo(1);
    }

    @Test
    void tasksShareWhatIsKnownOfTheBatchSize() {
        BatchLimit limit = EngineRegistry.batchLimit(model("one"), Device.gpu(0));
        limit.didNotFit(4);

        assertThat(EngineRegistry.batchLimit(model("one"), Device.gpu(0)).images())
                .isEqualTo(2);
        assertThat(EngineRegistry.batchLimit(model("one"), Device.gpu(1)).images())
                .isEqualTo(4);
    }
}
