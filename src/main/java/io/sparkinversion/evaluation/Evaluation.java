package io.sparkinversion.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an evaluation run measured, and how.
 *
 * @param facts what the numbers depend on, in the order to show: model, dataset, sample, seed, device, precision,
 *     guidance, protocol; rendered as given
 * @param lpipsNet the network behind the LPIPS values, such as {@code alex}; null where there are none
 * @param paperProtocol whether the images ran one at a time, as the paper timed them
 * @param methods in the order to show
 * @param steps DDIM step counts
 * @param measurements at most one for each image, method and step count
 */
public record Evaluation(
        Map<String, String> facts,
        String lpipsNet,
        boolean paperProtocol,
        List<String> methods,
        List<Integer> steps,
        List<Measurement> measurements) {

    /** The method that the others are compared with: the paper's. */
    static final String BASELINE = "negative-prompt";

    /** The autoencoder alone: the ceiling of every other method. */
    static final String VAE = "vae";

    private static final int PAPER_STEPS = 50;

    private record Key(String imageId, String method, int steps) {}

    /**
     * @throws IllegalArgumentException if there is no method or no step count, a measurement has a method that is not
     *     among the methods, or two measurements are of the same image, method and step count
     */
    public Evaluation {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        methods = List.copyOf(methods);
        steps = List.copyOf(steps);
        measurements = List.copyOf(measurements);
        if (methods.isEmpty() || steps.isEmpty()) {
            throw new IllegalArgumentException(
                    "an evaluation needs a method and a step count; it has methods " + methods + ", steps " + steps);
        }
        Set<Key> seen = new HashSet<>();
        for (Measurement measurement : measurements) {
            Key key = new Key(measurement.imageId(), measurement.method(), measurement.steps());
            if (!methods.contains(measurement.method())) {
                throw new IllegalArgumentException("image '" + key.imageId() + "' was measured with '" + key.method()
                        + "', which is not among the methods " + methods);
            }
            if (!seen.add(key)) {
                throw new IllegalArgumentException("image '" + key.imageId() + "' was measured twice with '"
                        + key.method() + "' at " + key.steps() + " steps");
            }
        }
    }

    /** The paper's 50 where that is among the step counts, else the largest. */
    int mainSteps() {
        return steps.contains(PAPER_STEPS) ? PAPER_STEPS : Collections.max(steps);
    }

    /** Negative-prompt inversion, else the first method that inverts at all, else the first. */
    String reference() {
        if (methods.contains(BASELINE)) {
            return BASELINE;
        }
        return methods.stream()
                .filter(method -> !method.equals(VAE))
                .findFirst()
                .orElse(methods.get(0));
    }

    /** One method's measurements at one step count, in the order given. The autoencoder's do not depend on steps. */
    List<Measurement> at(String method, int stepCount) {
        List<Measurement> found = new ArrayList<>();
        for (Measurement measurement : measurements) {
            if (measurement.method().equals(method) && measurement.steps() == stepCount) {
                found.add(measurement);
            }
        }
        return found;
    }
}
