package io.sparkinversion.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;

/** The files of one row of the tables. */
final class ExportedRow {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ExportedRow() {}

    /**
     * @param row with image_id, method, control, edit, caption, edit_prompt, psnr, lpips, first_of_image and the pictures
     * @param pictures names of those columns
     */
    static List<ExportedFile> files(Row row, List<String> pictures) {
        List<ExportedFile> files = new ArrayList<>();
        for (String picture : pictures) {
            boolean original = picture.equals("original");
            Row image = row.getAs(picture);
            boolean wanted = image != null && (!original || row.<Boolean>getAs("first_of_image"));
            if (wanted && image.get(0) != null) {
                boolean edited = picture.equals("edited") && row.getAs("edit_prompt") != null;
                String text = row.getAs(edited ? "edit_prompt" : "caption");
                files.add(new ExportedFile(
                        folder(picture) + "/" + FileNames.of(name(row, original)),
                        picture,
                        text == null ? "" : text,
                        json(row, picture, original),
                        (byte[]) image.get(0)));
            }
        }
        return files;
    }

    private static String folder(String picture) {
        return switch (picture) {
            case "original" -> "originals";
            case "reconstruction" -> "reconstructions";
            case "mask" -> "masks";
            default -> picture;
        };
    }

    /** What tells the picture from others of its kind. */
    private static String name(Row row, boolean original) {
        String id = row.getAs("image_id");
        if (original) {
            return id;
        }
        String method = id + "." + row.getAs("method").toString().replace(':', '-');
        return row.getAs("edit") == null ? method : method + "." + row.getAs("control") + "." + row.getAs("edit");
    }

    private static String json(Row row, String picture, boolean original) {
        ObjectNode json = JSON.createObjectNode();
        // Not image_id, which would be the id of several files where the folder is read again.
        json.put("source_id", row.<String>getAs("image_id"));
        json.put("picture", picture);
        json.put("caption", row.<String>getAs("caption"));
        if (!original) {
            json.put("method", row.<String>getAs("method"));
            json.put("control", row.<String>getAs("control"));
            json.put("edit_prompt", row.<String>getAs("edit_prompt"));
            number(json, "psnr", row.getAs("psnr"));
            number(json, "lpips", row.getAs("lpips"));
        }
        return json.toString();
    }

    /** JSON has no infinity, which the PSNR of equal pictures is. */
    private static void number(ObjectNode json, String name, Double value) {
        if (value == null || !Double.isFinite(value)) {
            json.putNull(name);
        } else {
            json.put(name, value);
        }
    }
}
