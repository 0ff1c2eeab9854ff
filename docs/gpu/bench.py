"""What every measurement needs: the device and its clock, the programs with their weights, and comparisons."""

import json
import pathlib
import statistics
import time

import torch

from programs import Program, prepared, unet_inputs

TABLE = "{:<58} {:>9} {:>9} {:>7} {:>9}"


class Bench:
    """The device, its clock, the measured ceilings, and the SD 1.5 programs with their weights."""

    def __init__(self, options):
        self.smoke = options.smoke
        self.device = torch.device(options.device)
        self.cuda = self.device.type == "cuda"
        self.out = pathlib.Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.emoji = options.emoji
        self.model = options.model
        self.side = 8 if self.smoke else 64
        self.batch = 2 if self.smoke else 8
        self.unet = Program.read(options.programs, "unet")
        self.vae = Program.read(options.programs, "vae")
        self.text = Program.read(options.programs, "text_encoder")
        self.weights = None
        self.matrix_rate = None
        self.flops = None
        self.best = None
        self.shipped = options.shipped
        self.shipped_emoji = options.shipped_emoji

    def time(self, call, seconds=0.3, most=30, warm=3):
        """Median milliseconds of a call, by device events, with the spread [least, median, most]."""
        for _ in range(1 if self.smoke else warm):
            call()
        self.synchronize()
        measured = []
        started = time.perf_counter()
        while not measured or (len(measured) < most and time.perf_counter() - started < seconds and not self.smoke):
            measured.append(self.once(call))
        return [min(measured), statistics.median(measured), max(measured)]

    def once(self, call):
        if not self.cuda:
            started = time.perf_counter()
            call()
            return 1e3 * (time.perf_counter() - started)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize()

    def poison(self):
        """Fills the memory that the next results will stand in with NaN, so that unwritten elements show."""
        sizes = [1 << 17] * 32 + [1 << 22] * 8 + [1 << (24 if self.smoke else 30)]
        blocks = [torch.full((size // 4,), float("nan"), device=self.device) for size in sizes]
        self.synchronize()
        del blocks

    def save(self, section, value):
        (self.out / f"{section}.json").write_text(json.dumps(value, indent=1))


class Variant:
    """The UNet in one spelling, numeric type and memory format, ready to be called."""

    def __init__(self, bench, label, rewrites=(), dtype=torch.float16, channels_last=False, program=None, weights=None):
        self.bench, self.label, self.rewrites, self.dtype = bench, label, tuple(rewrites), dtype
        self.channels_last = channels_last
        self.program = (program or bench.unet).computing_in(dtype).rewritten(*rewrites)
        self.module = self.program.load(bench.device)
        stored = weights or bench.weights
        made = prepared(stored, dtype, channels_last)
        for entry in self.program.weights[len(stored) :]:
            made.append(torch.cat([made[i] for i in entry[1]]))
        self.weights = made

    def bound(self, batch, side=None, seed=1):
        """A call without arguments: one evaluation as a step of the sampler makes it."""
        inputs = unet_inputs(self.program, batch, side or self.bench.side, self.bench.device, seed)
        sample, features, embedding = inputs
        if self.dtype == torch.float64:
            sample, features, embedding = sample.double(), features.double(), embedding.double()
        keys_values = self.module.text_keys_values(embedding, self.weights)
        return lambda: self.module.forward(sample, features, keys_values, self.weights)

    def graphed(self, batch):
        """The same as the replay of a CUDA graph."""
        call = self.bound(batch)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                call()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.kept = call()
        return graph.replay


def difference(output, reference):
    output, reference = output.double().cpu(), reference.double().cpu()
    return ((output - reference).norm() / reference.norm()).item()


def attempt(label, action):
    """What an action answers, or its error as text: one failing variant must not cost the others."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001
        print(f"{label}: failed: {type(error).__name__}: {str(error).strip().splitlines()[-1][:160]}")
        return None


def share(bench, milliseconds, batch=None):
    """Of the measured matrix rate, as text."""
    rate = bench.flops * (batch or bench.batch) / milliseconds / 1e9
    return f"{100 * rate / bench.matrix_rate:.1f}%"
