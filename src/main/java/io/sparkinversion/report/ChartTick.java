package io.sparkinversion.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import org.knowm.xchart.internal.chartpart.Annotation;
import org.knowm.xchart.style.AxesChartStyler;

/** An axis label at a chosen value, with its grid line. */
final class ChartTick extends Annotation {
    private static final int GAP = 8;
    private static final int BELOW = 20;
    /** Of 255: the line is painted over the data and must not cut it. */
    private static final int LINE_ALPHA = 38;

    private final boolean horizontal;
    private final double value;
    private final String label;
    private final AxesChartStyler look;
    private final Color colour;

    private ChartTick(boolean horizontal, double value, String label, AxesChartStyler look) {
        super(false);
        this.horizontal = horizontal;
        this.value = value;
        this.label = label;
        this.look = look;
        this.colour = look.getAnnotationTextFontColor();
    }

    static ChartTick onX(double value, String label, AxesChartStyler look) {
        return new ChartTick(true, value, label, look);
    }

    static ChartTick onY(double value, String label, AxesChartStyler look) {
        return new ChartTick(false, value, label, look);
    }

    @Override
    public void paint(Graphics2D graphics) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        Font font = look.getAxisTickLabelsFont();
        graphics.setFont(font);
        graphics.setStroke(new BasicStroke(1));
        int width = graphics.getFontMetrics().stringWidth(label);
        double left = Math.min(getXAxisScreenValueForMin(), getXAxisScreenValueForMax());
        double right = Math.max(getXAxisScreenValueForMin(), getXAxisScreenValueForMax());
        double top = Math.min(getYAxisScreenValueForMin(), getYAxisScreenValueForMax());
        double bottom = Math.max(getYAxisScreenValueForMin(), getYAxisScreenValueForMax());
        if (horizontal) {
            double x = getXAxisScreenValue(value);
            line(graphics, x, bottom, x, top);
            graphics.drawString(label, (float) (x - width / 2.0), (float) bottom + BELOW);
        } else {
            double y = getYAxisScreenValue(value);
            line(graphics, left, y, right, y);
            graphics.drawString(label, (float) left - GAP - width, (float) y + font.getSize() / 3f);
        }
    }

    private void line(Graphics2D graphics, double x1, double y1, double x2, double y2) {
        graphics.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), LINE_ALPHA));
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
        graphics.setColor(colour);
    }
}
