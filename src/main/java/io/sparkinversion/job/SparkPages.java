package io.sparkinversion.job;

import org.apache.spark.SparkContext;

/** What Spark's pages call the work of this thread. */
public final class SparkPages {
    private SparkPages() {}

    /** Names the jobs that follow, and their stages, which Spark would name after lines of code. */
    public static void describe(SparkContext spark, String work) {
        spark.setJobDescription(work);
        spark.setCallSite(work);
    }

    /** What follows is called what Spark calls it. */
    public static void describeNothing(SparkContext spark) {
        spark.setJobDescription(null);
        spark.clearCallSite();
    }
}
