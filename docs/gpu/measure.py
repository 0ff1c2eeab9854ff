"""Times and checks the emitted programs on a GPU, and tries other ways to write and run them.

    jobs/programs --fake-weights sd15 --dtype float16 --memory-format channels-first --output programs
    jobs/programs --dtype float16 --memory-format channels-first --output programs-emoji
    jobs/programs --fake-weights sd15 --dtype float16 --output shipped
    jobs/programs --dtype float16 --output shipped-emoji
    python3 docs/gpu/measure.py --programs programs --emoji programs-emoji --shipped shipped \\
        --shipped-emoji shipped-emoji --out results

Needs PyTorch alone. Every section's numbers are in results/SECTION.json as soon as it ends; tables go to the output.
"""

import argparse
import json
import pathlib
import time

import torch

import variants
from bench import TABLE, Bench, Variant, attempt, difference, share
from programs import Program, prepared, seeded_weights, stored_weights, unet_inputs

EVALUATIONS = 100  # of a 50-step negative-prompt inversion: 50 there, 50 back


def ceilings(bench):
    """The rate of a large matrix product and of a large copy: what the rest is compared with."""
    result = {"torch": torch.__version__, "device": str(bench.device)}
    if bench.cuda:
        properties = torch.cuda.get_device_properties(0)
        result |= {"name": properties.name, "memory": properties.total_memory, "cudnn": torch.backends.cudnn.version()}
    size = 256 if bench.smoke else 8192
    for name, dtype in (("float16", torch.float16), ("bfloat16", torch.bfloat16), ("float32", torch.float32)):
        a, b = (torch.randn(size, size, device=bench.device).to(dtype) for _ in range(2))
        result[f"matmul {name} TFLOP/s"] = 2 * size**3 / bench.time(lambda: a @ b)[1] / 1e9
    source = torch.randn(1 << (20 if bench.smoke else 30), device=bench.device)
    target = torch.empty_like(source)
    result["copy TB/s"] = 2 * 4 * source.numel() / bench.time(lambda: target.copy_(source))[1] / 1e9
    bench.matrix_rate = result["matmul float16 TFLOP/s"]
    bench.flops = attempt("FLOP counter", lambda: counted(bench)) or 0
    result["UNet FLOP of one image"] = bench.flops
    print(json.dumps(result))
    return result


def counted(bench):
    from torch.utils.flop_counter import FlopCounterMode

    plain = Variant(bench, "plain")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        plain.bound(1)()
    return counter.get_total_flops()


def correctness(bench):
    """Against float64 on the CPU: the full network on a small latent, and the embedded model with its real weights."""
    rows = {}
    cases = [("sd15", bench.unet, bench.weights, 8 if bench.smoke else 16)]
    if bench.emoji:
        emoji = Program.read(bench.emoji, "unet")
        file = pathlib.Path(bench.model) / "unet/diffusion_pytorch_model.safetensors"
        cases.append(("emoji-ldm", emoji, stored_weights(emoji, file, bench.device), 16))
    for name, program, weights, side in cases:
        reference = exact(bench, program, weights, side)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            for channels_last in (False, True):
                label = f"{name} {dtype} {'channels-last' if channels_last else 'as emitted'}"
                rows[label] = attempt(label, lambda: error(bench, program, weights, side, dtype, channels_last, reference))
    for label, value in rows.items():
        print(f"{label}: relative error {value if value is None else f'{value:.2e}'}")
    return rows


def shipped(bench):
    """The programs as jobs run them on a GPU: right, and how fast."""
    unet, vae = Program.read(bench.shipped, "unet"), Program.read(bench.shipped, "vae")
    emoji = Program.read(bench.shipped_emoji, "unet")
    weights = seeded_weights(unet, bench.device)
    file = pathlib.Path(bench.model) / "unet/diffusion_pytorch_model.safetensors"
    rows = {"error": {}, "batches": [], "autoencoder": [], "null_text": []}
    for name, program, stored in (("sd15", unet, weights), ("emoji-ldm", emoji, stored_weights(emoji, file, bench.device))):
        reference = exact(bench, program, stored, 16)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            off = error(bench, program, stored, 16, dtype, True, reference)
            rows["error"][f"{name} {dtype}"] = off
            print(f"{name} {dtype}: relative error {off:.2e}")

    def evaluation(label, variant, batch, graph):
        spread = attempt(label, lambda: bench.time(variant.graphed(batch) if graph else variant.bound(batch)))
        if spread:
            rows["batches"].append({"label": label, "batch": batch, "ms": spread})
            image = spread[1] / batch
            print(TABLE.format(f"{label}, batch {batch}", f"{spread[1]:.2f}", f"{image:.3f}",
                               share(bench, spread[1], batch), f"{image * EVALUATIONS / 1e3:.3f}"))

    print(TABLE.format("UNet", "ms", "ms/image", "share", "NPI s"))
    half = Variant(bench, "shipped", channels_last=True, program=unet, weights=weights)
    for batch in (1, 2) if bench.smoke else (1, 2, 4, 8, 16, 32):
        evaluation("channels-first", Variant(bench, "channels-first"), batch, False)
        evaluation("shipped", half, batch, False)
        if bench.cuda:
            evaluation("shipped, CUDA graph", half, batch, True)
    wide = Variant(bench, "shipped", dtype=torch.bfloat16, channels_last=True, program=unet, weights=weights)
    evaluation("shipped, bfloat16", wide, bench.batch, False)
    bench.save("shipped", rows)
    module, made = vae.load(bench.device), prepared(seeded_weights(vae, bench.device), torch.float32, True)
    for images in (1,) if bench.smoke else (1, 4, 8):
        pixels = torch.rand(images, 3, 8 * bench.side, 8 * bench.side, device=bench.device) * 2 - 1
        latent = torch.randn(images, 4, bench.side, bench.side, device=bench.device)
        spreads = [bench.time(call, most=10) for call in (lambda: module.encode(pixels, made), lambda: module.decode(latent, made))]
        rows["autoencoder"].append({"images": images, "encode ms": spreads[0], "decode ms": spreads[1]})
        print(TABLE.format(f"VAE, float32, {images} images (an image)", *(f"{s[1] / images:.2f}" for s in spreads), "", ""))
    for batch in (1, 2) if bench.smoke else (1, 4, 8, 16):
        for label, program, stored, last in (("channels-first", bench.unet, bench.weights, False), ("shipped", unet, weights, True)):
            name = f"null-text, {label}, batch {batch}"
            row = attempt(name, lambda: gradient(bench, name, (), torch.float16, last, batch, program, stored))
            if row:
                rows["null_text"].append(row)
                print(TABLE.format(name, f"{row['ms'][1]:.2f}", f"{row['ms'][1] / batch:.2f}",
                                   f"{row['activations GiB']:.2f}", f"{row['times NPI, 10 updates a step']:.1f}"))
    return rows


def exact(bench, program, weights, side):
    """The program's result in float64 on the CPU, on the inputs of seed 3."""
    text = program.computing_in(torch.float64)
    module = text.load("cpu")
    double = [weight.double().cpu() for weight in weights]
    sample, features, embedding = (x.double().cpu() for x in unet_inputs(program, 2, side, bench.device, 3))
    return module.forward(sample, features, module.text_keys_values(embedding, double), double)


def error(bench, program, weights, side, dtype, channels_last, reference, rewrites=()):
    variant = Variant(bench, "checked", rewrites, dtype, channels_last, program, weights)
    call = variant.bound(2, side, seed=3)
    bench.poison()
    return difference(call(), reference)


def spellings(bench):
    """Adds one change at a time to the program as emitted, and keeps what makes batch 8 faster."""
    rows = []
    exactly = Variant(bench, "float32", dtype=torch.float32).bound(2)()

    def measured(label, rewrites, channels_last, dtype=torch.float16):
        variant = Variant(bench, label, rewrites, dtype, channels_last)
        call = variant.bound(2)
        bench.poison()
        off = difference(call(), exactly)
        spread = bench.time(variant.bound(bench.batch), seconds=0.4)
        rows.append({"label": label, "batch": bench.batch, "ms": spread, "error": off, "channels_last": channels_last,
                     "rewrites": [r.__name__ for r in rewrites]})
        print(TABLE.format(label, f"{spread[1]:.2f}", f"{spread[1] / bench.batch:.3f}", share(bench, spread[1]), f"{off:.1e}"))
        bench.save("spellings", rows)
        return variant, spread[1]

    print(TABLE.format(f"UNet, batch {bench.batch}, {bench.side}x{bench.side}", "ms", "ms/image", "share", "error"))
    best = measured("as emitted, float16", (), False)
    best = min(best, measured("channels-last", (), True), key=lambda pair: pair[1])
    groups = [
        [variants.attention("flash"), variants.attention("efficient"), variants.attention("cudnn")],
        [variants.group_norm_by_groups, variants.group_norm_by_channels],
        [variants.pointwise_convolution_as_linear],
        [variants.fused_self_attention_projections],
        [variants.split_feed_forward],
        [variants.folded_biases],
        [variants.in_place],
    ]
    for group in groups:
        base = best
        for rewrite in group:
            tried = (*base[0].rewrites, rewrite)
            found = attempt(rewrite.__name__, lambda: measured(f"+ {rewrite.__name__}", tried, True))
            if found and found[1] < 0.997 * best[1]:
                best = found
    bench.best = best[0]
    print("kept:", [r.__name__ for r in best[0].rewrites])
    attempt("bfloat16", lambda: measured("as emitted, bfloat16", (), False, torch.bfloat16))
    attempt("bfloat16", lambda: measured("kept, bfloat16", best[0].rewrites, True, torch.bfloat16))
    return rows


def batches(bench):
    """Milliseconds an evaluation by batch size, with and without CUDA graphs, and images a second."""
    rows = []
    plain = [Variant(bench, "as emitted"), Variant(bench, "channels-last", channels_last=True), bench.best]
    print(TABLE.format("UNet by batch", "ms", "ms/image", "share", "NPI s"))
    for batch in (1, 2) if bench.smoke else (1, 2, 4, 8, 16):
        for variant in plain:
            label = "kept" if variant is bench.best else variant.label
            calls = [(label, lambda: variant.bound(batch))]
            if bench.cuda and variant is not plain[1]:
                calls.append((f"{label}, CUDA graph", lambda: variant.graphed(batch)))
            for name, bind in calls:
                spread = attempt(name, lambda: bench.time(bind()))
                if spread:
                    rows.append({"label": name, "batch": batch, "ms": spread})
                    image = spread[1] / batch
                    print(TABLE.format(f"{name}, batch {batch}", f"{spread[1]:.2f}", f"{image:.3f}",
                                       share(bench, spread[1], batch), f"{image * EVALUATIONS / 1e3:.3f}"))
                bench.save("batches", rows)
    return rows


def switches(bench):
    """What no program's text decides: cuDNN's search for the fastest convolution."""
    rows = []
    torch.backends.cudnn.benchmark = True
    for variant in (Variant(bench, "as emitted"), Variant(bench, "channels-last", channels_last=True), bench.best):
        label = f"{'kept' if variant is bench.best else variant.label}, cudnn.benchmark"
        spread = attempt(label, lambda: bench.time(variant.bound(bench.batch)))
        if spread:
            rows.append({"label": label, "batch": bench.batch, "ms": spread})
            print(TABLE.format(label, f"{spread[1]:.2f}", "", share(bench, spread[1]), ""))
    torch.backends.cudnn.benchmark = False
    return rows


def autoencoder(bench):
    """Encoding and decoding at 512x512, as many images at once as the engine takes."""
    rows = []
    stored = seeded_weights(bench.vae, bench.device)
    images = 1 if bench.smoke else 4
    pixels = torch.rand(images, 3, 8 * bench.side, 8 * bench.side, device=bench.device) * 2 - 1
    latent = torch.randn(images, 4, bench.side, bench.side, device=bench.device)
    by_groups = variants.group_norm_by_groups
    cases = [
        ("float32, TF32 off", torch.float32, False, (False, False), ()),
        ("float32, TF32 convolutions (libtorch's default)", torch.float32, False, (True, False), ()),
        ("float32, TF32 throughout", torch.float32, False, (True, True), ()),
        ("the same, channels-last", torch.float32, True, (True, True), ()),
        ("the same, channels-last, group norm by groups", torch.float32, True, (True, True), (by_groups,)),
        ("bfloat16", torch.bfloat16, False, (True, False), ()),
        ("bfloat16, channels-last", torch.bfloat16, True, (True, False), ()),
        ("bfloat16, channels-last, group norm by groups", torch.bfloat16, True, (True, False), (by_groups,)),
    ]
    references = None
    print(TABLE.format(f"VAE, {images} images", "ms enc", "ms dec", "", "error"))
    for label, dtype, channels_last, (convolutions, products), rewrites in cases:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = convolutions, products
        weights = prepared(stored, dtype, channels_last)

        def measured():
            module = bench.vae.rewritten(*rewrites).load(bench.device)
            calls = [lambda: module.encode(pixels.to(dtype), weights)[0], lambda: module.decode(latent.to(dtype), weights)]
            results = [call() for call in calls]
            return results, [bench.time(call, most=10) for call in calls]

        found = attempt(label, measured)
        if not found:
            continue
        results, spreads = found
        references = references or results
        off = [difference(result, reference) for result, reference in zip(results, references)]
        rows.append({"label": label, "images": images, "encode ms": spreads[0], "decode ms": spreads[1], "error": off})
        times = [f"{spread[1] / images:.2f}" for spread in spreads]
        print(TABLE.format(f"{label} (an image)", *times, "", f"{off[1]:.1e}"))
        bench.save("autoencoder", rows)
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = True, False
    return rows


def null_text(bench):
    """One step of null-text optimisation: forward, backward, peak memory, and what an image costs in all."""
    rows = []
    print(TABLE.format("null-text gradient", "ms", "ms/image", "GiB", "x NPI"))
    for dtype in (torch.float16, torch.bfloat16):
        for label, rewrites, channels_last in (("as emitted", (), False), ("channels-last", (), True),
                                               ("kept", bench.best.rewrites, True)):
            for batch in (1, 4):
                name = f"{label}, {dtype}, batch {batch}"
                row = attempt(name, lambda: gradient(bench, name, rewrites, dtype, channels_last, batch))
                if row:
                    rows.append(row)
                    print(TABLE.format(name, f"{row['ms'][1]:.2f}", f"{row['ms'][1] / batch:.2f}",
                                       f"{row['activations GiB']:.2f}", f"{row['times NPI, 10 updates a step']:.1f}"))
                    bench.save("null_text", rows)
    return rows


def gradient(bench, name, rewrites, dtype, channels_last, batch, program=None, stored=None):
    variant = Variant(bench, name, rewrites, dtype, channels_last, program, stored)
    with torch.inference_mode(False):
        sample, features, embedding = unet_inputs(variant.program, batch, bench.side, bench.device, 5)
        rest, factor = torch.randn_like(sample), torch.full((1,), 0.1, device=bench.device)
        weights = [weight.clone() for weight in variant.weights]

        def call():
            with torch.enable_grad():
                return variant.module.null_text_gradient(sample, features, embedding, rest, factor, weights)

        call()
        if bench.cuda:
            torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated() if bench.cuda else 0
        loss, derivative = call()
        peak = torch.cuda.max_memory_allocated() - before if bench.cuda else 0
        spread = bench.time(call, most=12)
    forward = bench.time(variant.bound(batch), most=12)[1]
    full = 50 * forward + 50 * (10 * spread[1] + 2 * forward)
    return {"label": name, "batch": batch, "ms": spread, "forward ms": forward, "activations GiB": peak / 2**30,
            "weights GiB": sum(w.numel() * w.element_size() for w in variant.weights) / 2**30,
            "finite": bool(derivative.isfinite().all()), "gradient norm": derivative.norm().item(),
            "times NPI, 10 updates a step": full / (EVALUATIONS * forward)}


def kernels(bench):
    """Where the time of one evaluation goes, kernel by kernel."""
    from torch.profiler import ProfilerActivity, profile

    result = {}
    for variant in (Variant(bench, "as emitted"), Variant(bench, "channels-last", channels_last=True), bench.best):
        label = "kept" if variant is bench.best else variant.label
        call = variant.bound(bench.batch)
        call()
        with profile(activities=[ProfilerActivity.CUDA if bench.cuda else ProfilerActivity.CPU]) as profiled:
            call()
            bench.synchronize()
        times = [(getattr(e, "self_device_time_total", 0) or e.self_cpu_time_total, e.count, e.key)
                 for e in profiled.key_averages()]
        times.sort(reverse=True)
        result[label] = [{"us": us, "calls": calls, "kernel": key} for us, calls, key in times[:60]]
        total = sum(us for us, _, _ in times)
        print(f"{label}: {sum(calls for _, calls, _ in times)} kernels, {total / 1e3:.2f} ms")
        for us, calls, key in times[:15]:
            print(f"  {us / 1e3:7.3f} ms {100 * us / total:5.1f}% {calls:5} {key[:110]}")
        bench.save("kernels", result)
    return result


def fuser(bench):
    """The graph executor's optimiser, which compiles chains of pointwise operations at run time."""
    rows = []
    torch._C._set_graph_executor_optimize(True)
    by_groups = (variants.group_norm_by_groups,)
    for label, rewrites, channels_last in (("as emitted", (), False), ("channels-last", (), True),
                                           ("channels-last, group norm by groups", by_groups, True)):
        started = time.perf_counter()

        def measured():
            return bench.time(Variant(bench, label, rewrites, torch.float16, channels_last).bound(bench.batch), warm=5)

        spread = attempt(label, measured)
        if spread:
            compiled = time.perf_counter() - started
            rows.append({"label": label, "batch": bench.batch, "ms": spread, "seconds with compilation": compiled})
            print(TABLE.format(f"optimiser on, {label}", f"{spread[1]:.2f}", f"{compiled:.1f} s", share(bench, spread[1]), ""))
            bench.save("fuser", rows)
    return rows


SECTIONS = [ceilings, shipped, correctness, spellings, kernels, batches, autoencoder, null_text, switches, fuser]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, help="what jobs/programs wrote for sd15 in float16")
    parser.add_argument("--emoji", help="what it wrote for the embedded model")
    parser.add_argument("--shipped", required=True, help="the same, channels-last: as jobs run it")
    parser.add_argument("--shipped-emoji", required=True, help="likewise for the embedded model")
    parser.add_argument("--model", default="data-samples/models/emoji-ldm", help="the embedded model's folder")
    parser.add_argument("--out", default="results")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, each call once: does the script run?")
    parser.add_argument("--only", nargs="*", help="sections to run, after ceilings")
    options = parser.parse_args()
    bench = Bench(options)
    started = time.perf_counter()
    torch._C._set_graph_executor_optimize(False)  # as the engine runs them
    with torch.inference_mode():
        bench.weights = seeded_weights(bench.unet, bench.device)
        bench.best = Variant(bench, "channels-last", channels_last=True)
        for section in SECTIONS:
            if section is ceilings or not options.only or section.__name__ in options.only:
                print(f"== {section.__name__} ({time.perf_counter() - started:.0f} s)", flush=True)
                bench.save(section.__name__, attempt(section.__name__, lambda: section(bench)))
    print(f"done in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
