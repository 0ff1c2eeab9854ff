package io.sparkinversion.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import org.knowm.xchart.internal.chartpart.Annotation;

/** Text above a point of the data and to its right: XChart's own annotation can only be centred on a point. */
final class ChartText extends Annotation {
    private static final int OFFSET = 7;

    private final String text;
    private final double x;
    private final double y;
    private final Color colour;
    private final Font font;

    ChartText(String text, double x, double y, Color colour, Font font) {
        super(false);
        this.text = text;
        this.x = x;
        this.y = y;
        this.colour = colour;
        this.font = font;
    }

    @Override
    public void paint(Graphics2D graphics) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setFont(font);
        graphics.setColor(colour);
        graphics.drawString(text, getXAxisScreenValue(x) + OFFSET, getYAxisScreenValue(y) - OFFSET);
    }
}
