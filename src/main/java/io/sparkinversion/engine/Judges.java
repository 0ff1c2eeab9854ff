package io.sparkinversion.engine;

import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.StructureDistance;
import io.sparkinversion.platform.Finding;
import java.util.ArrayList;
import java.util.List;

/**
 * The networks on the device that pictures are measured with; each null for none.
 *
 * @param lpips distance of pictures
 * @param clip similarity of pictures and texts
 * @param structure distance of pictures' structures
 */
public record Judges(Lpips lpips, ClipSimilarity clip, StructureDistance structure) implements AutoCloseable {

    /** What was found about the networks' operations on the device. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (lpips != null) {
            findings.addAll(lpips.findings());
        }
        if (clip != null) {
            findings.addAll(clip.findings());
        }
        if (structure != null) {
            findings.addAll(structure.findings());
        }
        return findings;
    }

    @Override
    public void close() {
        if (lpips != null) {
            lpips.close();
        }
        if (clip != null) {
            clip.close();
        }
        if (structure != null) {
            structure.close();
        }
    }
}
