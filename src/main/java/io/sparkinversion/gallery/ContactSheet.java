package io.sparkinversion.gallery;

import io.sparkinversion.image.RgbImage;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** Originals and reconstructions side by side, with their captions, as one picture. */
public final class ContactSheet {
    private static final int MARGIN = 8;
    private static final int LABEL = 30;
    private static final int FONT_SIZE = 11;

    private ContactSheet() {}

    /**
     * One cell of the sheet.
     *
     * @param images what stands side by side: the original first
     * @param label one or two lines below, split at a line break
     */
    public record Cell(List<RgbImage> images, String label) {}

    /**
     * @param cells at least one, all with as many images
     * @param columns cells in a row
     * @param side pixels of the square that each image is drawn in
     */
    public static BufferedImage of(List<Cell> cells, int columns, int side) {
        int images = cells.get(0).images().size();
        int cellWidth = images * side + (images - 1) * 2;
        int rows = (cells.size() + columns - 1) / columns;
        int width = columns * (cellWidth + MARGIN) + MARGIN;
        int height = rows * (side + LABEL + MARGIN) + MARGIN;
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(new Color(0xee, 0xee, 0xee));
        graphics.fillRect(0, 0, width, height);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE));
        for (int i = 0; i < cells.size(); i++) {
            int x = MARGIN + i % columns * (cellWidth + MARGIN);
            int y = MARGIN + i / columns * (side + LABEL + MARGIN);
            draw(graphics, cells.get(i), x, y, side, cellWidth);
        }
        graphics.dispose();
        return sheet;
    }

    private static void draw(Graphics2D graphics, Cell cell, int x, int y, int side, int cellWidth) {
        int left = x;
        for (RgbImage image : cell.images()) {
            // Images that are not square lie in the middle of their squares.
            double scale = (double) side / Math.max(image.width(), image.height());
            int width = Math.max(1, (int) Math.round(image.width() * scale));
            int height = Math.max(1, (int) Math.round(image.height() * scale));
            graphics.drawImage(
                    image.toBufferedImage(), left + (side - width) / 2, y + (side - height) / 2, width, height, null);
            left += side + 2;
        }
        graphics.setColor(Color.DARK_GRAY);
        int baseline = y + side + FONT_SIZE + 1;
        for (String line : cell.label().split("\n")) {
            graphics.drawString(shortened(line, graphics.getFontMetrics(), cellWidth), x, baseline);
            baseline += FONT_SIZE + 2;
        }
    }

    private static String shortened(String text, FontMetrics metrics, int width) {
        if (metrics.stringWidth(text) <= width) {
            return text;
        }
        int end = text.length();
        while (end > 0 && metrics.stringWidth(text.substring(0, end) + "…") > width) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
