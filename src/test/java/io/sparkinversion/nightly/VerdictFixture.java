package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.nightly.VerdictRow.Breach;
import java.util.List;

/** Two runs that a test makes up, and the verdict on the second. */
abstract class VerdictFixture {
    static final double INFINITE = Double.POSITIVE_INFINITY;
    static final Limits LIMITS = new Limits(0.1, 1.3);

    final MadeUpRun before = new MadeUpRun("before");
    final MadeUpRun now = new MadeUpRun("now");

    Verdict verdict() {
        return Verdict.of(now.run(), before.run(), LIMITS, List.of());
    }

    void passes() {
        assertThat(verdict().failedRows()).isEmpty();
        assertThat(verdict().outcome()).isEqualTo(Outcome.PASS);
    }

    void failsBy(Rule... rules) {
        assertThat(verdict().outcome()).isEqualTo(Outcome.FAIL);
        assertThat(breaches()).extracting(Breach::rule).containsExactly(rules);
    }

    List<Breach> breaches() {
        return verdict().failedRows().stream()
                .flatMap(row -> row.breaches().stream())
                .toList();
    }

    VerdictRow row() {
        return verdict().rows().get(0);
    }
}
