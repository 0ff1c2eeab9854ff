package io.sparkinversion.diffusion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configs in the shape of SDXL, a twentieth as wide. */
public final class TinyXlModel {
    private TinyXlModel() {}

    private static void write(Path path, String json) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, json.replace('\'', '"'));
    }

    public static FakeModel write(Path folder) throws IOException {
        write(folder.resolve("unet/config.json"), """
                {'sample_size': 16, 'in_channels': 4, 'out_channels': 4, 'block_out_channels': [16, 32, 48],
                 'down_block_types': ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
                 'up_block_types': ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
                 'transformer_layers_per_block': [1, 1, 2], 'layers_per_block': 1, 'norm_num_groups': 8,
                 'cross_attention_dim': 40, 'attention_head_dim': [2, 4, 6], 'use_linear_projection': true,
                 'addition_embed_type': 'text_time', 'addition_time_embed_dim': 8,
                 'projection_class_embeddings_input_dim': 68}
                """);
        write(folder.resolve("vae/config.json"), """
                {'block_out_channels': [16, 32, 32], 'norm_num_groups': 8, 'layers_per_block': 1,
                 'scaling_factor': 0.13025,
                 'down_block_types': ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
                 'up_block_types': ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D']}
                """);
        write(folder.resolve("text_encoder/config.json"), """
                {'vocab_size': 514, 'hidden_size': 16, 'intermediate_size': 64, 'num_hidden_layers': 3,
                 'num_attention_heads': 2, 'hidden_act': 'quick_gelu'}
                """);
        write(folder.resolve("text_encoder_2/config.json"), """
                {'vocab_size': 514, 'hidden_size': 24, 'intermediate_size': 96, 'num_hidden_layers': 4,
                 'num_attention_heads': 4, 'hidden_act': 'gelu', 'projection_dim': 20}
                """);
        write(folder.resolve("scheduler/scheduler_config.json"), """
                {'beta_schedule': 'scaled_linear', 'beta_start': 0.00085, 'beta_end': 0.012, 'steps_offset': 1}
                """);
        return new FakeModel(folder.toString());
    }
}
