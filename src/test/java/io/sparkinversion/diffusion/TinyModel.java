package io.sparkinversion.diffusion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configs in the shape of SD 2.x, a fortieth as wide. */
final class TinyModel {
    private TinyModel() {}

    private static void write(Path path, String json) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, json.replace('\'', '"'));
    }

    static FakeModel write(Path folder) throws IOException {
        write(folder.resolve("unet/config.json"), """
                {'sample_size': 8, 'in_channels': 4, 'out_channels': 4, 'block_out_channels': [8, 16, 16],
                 'down_block_types': ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
                 'up_block_types': ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
                 'layers_per_block': 1, 'norm_num_groups': 4, 'cross_attention_dim': 12,
                 'attention_head_dim': [1, 2, 2], 'use_linear_projection': true, 'upcast_attention': true}
                """);
        write(folder.resolve("vae/config.json"), """
                {'block_out_channels': [8, 8, 16], 'norm_num_groups': 4,
                 'down_block_types': ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
                 'up_block_types': ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D']}
                """);
        write(folder.resolve("text_encoder/config.json"), """
                {'vocab_size': 514, 'hidden_size': 12, 'intermediate_size': 48, 'num_hidden_layers': 2,
                 'num_attention_heads': 3, 'hidden_act': 'gelu'}
                """);
        write(folder.resolve("scheduler/scheduler_config.json"), """
                {'beta_schedule': 'scaled_linear', 'beta_start': 0.00085, 'beta_end': 0.012,
                 'prediction_type': 'v_prediction'}
                """);
        return new FakeModel(folder.toString());
    }
}
