package io.sparkinversion.nightly;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import org.knowm.xchart.style.markers.Marker;

/** A ring around a point that leaves the point to be seen. */
final class HistoryRing extends Marker {
    private static final double DIAMETER = 19;
    private static final float WIDTH = 2.6f;
    private static final float HALO = 5;

    private final Color colour;
    private final Color background;

    /**
     * @param background of the plot: keeps the ring apart from lines of its own colour
     */
    HistoryRing(Color colour, Color background) {
        this.colour = colour;
        this.background = background;
    }

    @Override
    public void paint(Graphics2D graphics, double x, double y, int size) {
        Ellipse2D ring = new Ellipse2D.Double(x - DIAMETER / 2, y - DIAMETER / 2, DIAMETER, DIAMETER);
        graphics.setStroke(new BasicStroke(HALO));
        graphics.setColor(background);
        graphics.draw(ring);
        graphics.setStroke(new BasicStroke(WIDTH));
        graphics.setColor(colour);
        graphics.draw(ring);
    }
}
