"""The emitted programs in Python: reading, changing their text, loading, and weights and inputs to run them on.

`jobs/programs` writes NAME.pt, a TorchScript archive without weights, and NAME.json, which says what its methods take
and which weights, in which order, are their last argument.
"""

import io
import json
import pathlib
import re
import zipfile

import torch

TYPE_CODES = {torch.float16: 5, torch.float32: 6, torch.float64: 7, torch.bfloat16: 15}
TEXT_LENGTH = 77


class Program:
    """A program's text, its weights' names and shapes, and whether it was written for channels-last memory."""

    def __init__(self, text, weights, channels_last=False):
        self.text = text
        self.weights = weights
        self.channels_last = channels_last

    @staticmethod
    def read(folder, name):
        folder = pathlib.Path(folder)
        with zipfile.ZipFile(folder / f"{name}.pt") as archive:
            text = archive.read("net/code/__torch__.py").decode()
        described = json.loads((folder / f"{name}.json").read_text())
        weights = [(w["name"], tuple(w["shape"])) for w in described["weights"]]
        return Program(text, weights, described["memory_format"] == "channels_last")

    def rewritten(self, *rewrites):
        """A copy changed by functions of (text, weights), which may append weights that are made of others."""
        text, weights = self.text, list(self.weights)
        for rewrite in rewrites:
            text = rewrite(text, weights)
        return Program(text, weights, self.channels_last)

    def computing_in(self, dtype):
        """A copy in another numeric type: the program casts its inputs, and its result to float32."""
        code = TYPE_CODES[dtype]
        text = re.sub(r"(torch\.to\(\w+), 5\)", rf"\1, {code})", self.text)
        if dtype == torch.float64:
            text = re.sub(r"(torch\.to\(\w+), 6\)", rf"\1, {code})", text)
        return Program(text, self.weights, self.channels_last)

    def shape(self, name):
        return dict(self.weights)[name]

    def load(self, device):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            training = b"training"
            pickle = b"\x80\x02c__torch__\nNet\n)\x81}(X" + len(training).to_bytes(4, "little") + training + b"\x89ub."
            archive.writestr("net/data.pkl", pickle)
            archive.writestr("net/code/__torch__.py", self.text)
            archive.writestr("net/constants.pkl", b"\x80\x02).")
            archive.writestr("net/version", "3\n")
        buffer.seek(0)
        return torch.jit.load(buffer, map_location=device)


def seeded_weights(program, device, seed=20230516):
    """Weights that keep a signal's variance: float32, so that all numeric types start from the same numbers."""
    generator = torch.Generator(device=device).manual_seed(seed)
    made = []
    for name, shape in program.weights:
        noise = torch.randn(shape, generator=generator, device=device)
        if len(shape) > 1:
            fan_in = noise[0].numel()
            made.append(noise / fan_in**0.5)
        else:
            # Norms' gains near 1; biases and norms' offsets near 0, but not zero.
            made.append(0.1 * noise + (1 if name.endswith(".weight") else 0))
    return made


def stored_weights(program, file, device):
    """The weights of a safetensors file, in the program's order, as float32."""
    data = bytearray(pathlib.Path(file).read_bytes())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    types = {"F16": torch.float16, "F32": torch.float32, "BF16": torch.bfloat16}
    made = []
    for name, shape in program.weights:
        entry = header[name]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensor = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]])
        made.append(tensor.reshape(shape).float().to(device))
    return made


def prepared(weights, dtype, channels_last=False):
    """Weights in a numeric type and memory format; those that a rewrite made are functions of the stored ones."""
    made = []
    for weight in weights:
        weight = weight.to(dtype)
        if channels_last and weight.dim() == 4:
            weight = weight.contiguous(memory_format=torch.channels_last)
        made.append(weight)
    return made


def unet_inputs(program, batch, side, device, seed):
    """A latent, the sinusoid of one timestep, and a text embedding, all float32 and fresh for every seed."""
    generator = torch.Generator(device=device).manual_seed(seed)
    channels = program.shape("conv_in.weight")[1]
    context = next(shape[1] for name, shape in program.weights if name.endswith("attn2.to_k.weight"))
    sample = torch.randn(batch, channels, side, side, generator=generator, device=device)
    embedding = torch.randn(batch, TEXT_LENGTH, context, generator=generator, device=device)
    half = program.shape("time_embedding.linear_1.weight")[1] // 2
    angles = 481 * torch.exp(torch.arange(half, device=device) * (-torch.log(torch.tensor(10_000.0)) / half).item())
    features = torch.cat([angles.cos(), angles.sin()]).unsqueeze(0)
    return sample, features, embedding
