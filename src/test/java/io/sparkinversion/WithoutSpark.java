package io.sparkinversion;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Tests that compute on one core and share nothing with others: while classes that use Spark run one after the other,
 * those so marked run beside them, likewise one at a time.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(WithoutSpark.CORE)
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WithoutSpark {
    /** What one of them has at a time. */
    String CORE = "a core beside Spark's";
}
