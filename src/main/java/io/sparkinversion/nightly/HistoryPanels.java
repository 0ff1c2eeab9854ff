package io.sparkinversion.nightly;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;

/** Charts one above the other in one picture, and the labels of an axis of runs. */
final class HistoryPanels {
    /** Pixels of the picture for one of a chart, for sharp text on dense displays. */
    private static final int DENSITY = 2;

    private HistoryPanels() {}

    static byte[] png(XYChart... charts) {
        int width = charts[0].getWidth();
        int height = 0;
        for (XYChart chart : charts) {
            height += chart.getHeight();
        }
        BufferedImage image = new BufferedImage(width * DENSITY, height * DENSITY, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        for (XYChart chart : charts) {
            chart.paint(graphics, width, chart.getHeight());
            graphics.translate(0, chart.getHeight());
        }
        graphics.dispose();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", file);
        } catch (IOException e) {
            throw new UncheckedIOException("a plot in memory could not be written", e);
        }
        return file.toByteArray();
    }

    /**
     * Day and month, and the time where a day has several.
     *
     * @param times ISO-8601, in ascending order
     */
    static List<String> labels(List<String> times) {
        List<LocalDateTime> parsed = times.stream().map(HistoryPanels::parsed).toList();
        long days = parsed.stream()
                .filter(Objects::nonNull)
                .map(LocalDateTime::toLocalDate)
                .distinct()
                .count();
        String pattern = days == times.size() ? "d MMM" : "d MMM HH:mm";
        DateTimeFormatter format = DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
        return times.stream()
                .map(time -> parsed(time) == null ? time : parsed(time).format(format))
                .toList();
    }

    private static LocalDateTime parsed(String time) {
        try {
            return LocalDateTime.ofInstant(Instant.parse(time), ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
