"""Writes checkpoints with PyTorch itself, and `torch_expected.json` with what PyTorch says is in them.

    python3 make_with_torch.py      (PyTorch 1.13.0 wrote the files beside this script)
"""
import collections
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    torch.manual_seed(11)
    network = torch.nn.Sequential(collections.OrderedDict(
        conv=torch.nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last),
        norm=torch.nn.BatchNorm2d(3),
        low=torch.nn.Linear(4, 3).half(),
        lower=torch.nn.Linear(3, 2).bfloat16(),
        high=torch.nn.Linear(2, 2, bias=False).double(),
    ))
    network.register_buffer("position_ids", torch.arange(7).expand((1, -1)))
    base = torch.randn(6, 5)
    network.register_buffer("transposed", base.t())
    network.register_buffer("window", base[1:5:2, 2:4])
    network.register_buffer("mask", torch.tensor([True, False]))
    network.register_buffer("small", torch.arange(250, 256, dtype=torch.uint8))
    tensors = network.state_dict()
    tensors["parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    for legacy in (False, True):
        path = os.path.join(HERE, "torch_legacy.pth" if legacy else "torch_zip.pth")
        torch.save(tensors, path, _use_new_zipfile_serialization=not legacy)
    names = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
             torch.int64: "I64", torch.uint8: "U8", torch.bool: "BOOL"}
    expected = {name: {"type": names[tensor.dtype], "shape": list(tensor.shape),
                       "values": tensor.detach().double().reshape(-1).tolist()}
                for name, tensor in tensors.items()}
    with open(os.path.join(HERE, "torch_expected.json"), "w") as out:
        json.dump(expected, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
