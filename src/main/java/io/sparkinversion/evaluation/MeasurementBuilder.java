package io.sparkinversion.evaluation;

/** Makes a {@link Measurement}; what is not said is NaN, 0, empty, or null for a failure. */
public final class MeasurementBuilder {
    private final String imageId;
    private final String method;
    private final int steps;
    private String caption = "";
    private String failure;
    private double psnr = Double.NaN;
    private double ssim = Double.NaN;
    private double lpips = Double.NaN;
    private double vaePsnr = Double.NaN;
    private double secondsTotal;
    private int unetEvaluations;
    private int unetShallow;
    private int unetGradients;
    private long peakMemory;
    private int batchSize;
    private String batch = "";
    private double calibratedTime = Double.NaN;
    private String device = "";
    private double[] nullTextCosine = new double[0];
    private int[] nullTextInnerSteps = new int[0];
    private double clip = Double.NaN;

    public MeasurementBuilder(String imageId, String method, int steps) {
        this.imageId = imageId;
        this.method = method;
        this.steps = steps;
    }

    /** With all that another has. */
    public static MeasurementBuilder of(Measurement other) {
        return new MeasurementBuilder(other.imageId(), other.method(), other.steps())
                .caption(other.caption())
                .failure(other.failure())
                .scores(other.psnr(), other.ssim(), other.lpips())
                .vaePsnr(other.vaePsnr())
                .secondsTotal(other.secondsTotal())
                .passes(other.unetEvaluations(), other.unetGradients())
                .shallow(other.unetShallow())
                .peakMemory(other.peakMemory())
                .batch(other.batchSize(), other.device())
                .timedWith(other.batch(), other.calibratedTime())
                .nullText(other.nullTextCosine(), other.nullTextInnerSteps())
                .clip(other.clip());
    }

    public MeasurementBuilder caption(String value) {
        caption = value;
        return this;
    }

    public MeasurementBuilder failure(String code) {
        failure = code;
        return this;
    }

    public MeasurementBuilder scores(double ofPsnr, double ofSsim, double ofLpips) {
        psnr = ofPsnr;
        ssim = ofSsim;
        lpips = ofLpips;
        return this;
    }

    public MeasurementBuilder vaePsnr(double value) {
        vaePsnr = value;
        return this;
    }

    public MeasurementBuilder secondsTotal(double value) {
        secondsTotal = value;
        return this;
    }

    /**
     * Of the UNet.
     *
     * @param backward zero for methods that take no gradients
     */
    public MeasurementBuilder passes(int forward, int backward) {
        unetEvaluations = forward;
        unetGradients = backward;
        return this;
    }

    /** How many of the forward passes took the deep features of another step. */
    public MeasurementBuilder shallow(int passes) {
        unetShallow = passes;
        return this;
    }

    public MeasurementBuilder peakMemory(long bytes) {
        peakMemory = bytes;
        return this;
    }

    /** Of how many images, and on which device. */
    public MeasurementBuilder batch(int size, String name) {
        batchSize = size;
        device = name;
        return this;
    }

    /** @param first image of the batch */
    public MeasurementBuilder timedWith(String first, double calibrated) {
        batch = first;
        calibratedTime = calibrated;
        return this;
    }

    public MeasurementBuilder nullText(double[] cosine, int[] innerSteps) {
        nullTextCosine = cosine;
        nullTextInnerSteps = innerSteps;
        return this;
    }

    public MeasurementBuilder clip(double value) {
        clip = value;
        return this;
    }

    public Measurement build() {
        return new Measurement(
                imageId,
                caption,
                method,
                steps,
                failure,
                psnr,
                ssim,
                lpips,
                vaePsnr,
                secondsTotal,
                unetEvaluations,
                unetShallow,
                unetGradients,
                peakMemory,
                batchSize,
                batch,
                calibratedTime,
                device,
                nullTextCosine,
                nullTextInnerSteps,
                clip);
    }
}
