"""Writes the PyTorch checkpoints that the tests of the room `weights` read, and `expected.json` with what is in them.

There is no PyTorch here: the classes and functions that a checkpoint's pickle names are stood in for by empty ones of the
same module and name, and pickled by Python's own pickle module; the container around the pickle follows torch.save (zip
format: torch 1.6 and later; legacy format: before). Expected values are computed by numpy.

    python3 make_checkpoints.py      (any Python 3 with numpy; the files come out beside this script)
"""
import collections
import io
import json
import os
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
SYSTEM = dict(protocol_version=PROTOCOL_VERSION, little_endian=True, type_sizes=dict(short=2, int=4, long=4))


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


torch = module("torch")
torch._utils = module("torch._utils")


def stand_in(owner, name):
    made = type(name, (), {"__module__": owner.__name__, "__qualname__": name})
    setattr(owner, name, made)
    return made


STORAGES = {
    "F64": stand_in(torch, "DoubleStorage"),
    "F32": stand_in(torch, "FloatStorage"),
    "F16": stand_in(torch, "HalfStorage"),
    "BF16": stand_in(torch, "BFloat16Storage"),
    "I64": stand_in(torch, "LongStorage"),
    "I32": stand_in(torch, "IntStorage"),
    "I16": stand_in(torch, "ShortStorage"),
    "I8": stand_in(torch, "CharStorage"),
    "U8": stand_in(torch, "ByteStorage"),
    "BOOL": stand_in(torch, "BoolStorage"),
}


def named_function(owner, name):
    def function(*arguments):
        raise NotImplementedError(name)

    function.__module__, function.__qualname__, function.__name__ = owner.__name__, name, name
    setattr(owner, name, function)
    return function


rebuild_tensor = named_function(torch._utils, "_rebuild_tensor_v2")
rebuild_parameter = named_function(torch._utils, "_rebuild_parameter")


class Storage:
    def __init__(self, key, dtype, array, view=None):
        self.key, self.dtype, self.array, self.view = key, dtype, array, view


class Tensor:
    """A view of a storage; offset and strides in elements."""

    def __init__(self, storage, offset, shape, strides, parameter=False):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides
        self.parameter = parameter

    def arguments(self):
        return (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())

    def __reduce__(self):
        if self.parameter:
            plain = Tensor(self.storage, self.offset, self.shape, self.strides)
            return rebuild_parameter, (plain, True, collections.OrderedDict())
        return rebuild_tensor, self.arguments()

    def values(self):
        array = self.storage.array
        if self.storage.view:
            array = array[self.storage.view[1]:]
        width = array.itemsize
        seen = np.lib.stride_tricks.as_strided(
            array[self.offset:], self.shape, tuple(stride * width for stride in self.strides))
        if self.storage.dtype == "BF16":
            seen = (seen.astype(np.uint32) << 16).view(np.float32)
        return seen.astype(np.float64).ravel().tolist()


class Pickler(pickle.Pickler):
    def __init__(self, stream, protocol, legacy):
        super().__init__(stream, protocol)
        self.legacy, self.storages = legacy, {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        self.storages[value.key] = value
        identity = ("storage", STORAGES[value.dtype], value.key, "cpu", len(value.array))
        return identity + (value.view,) if self.legacy else identity


def zip_bytes(root, protocol=2, byteorder=True, name="archive"):
    stream = io.BytesIO()
    pickler = Pickler(stream, protocol, False)
    pickler.dump(root)
    entries = [("data.pkl", stream.getvalue())]
    if byteorder:
        entries.append(("byteorder", b"little"))
    entries += [("data/" + key, storage.array.tobytes()) for key, storage in sorted(pickler.storages.items())]
    entries.append(("version", b"3\n"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for entry, data in entries:
            info = zipfile.ZipInfo(name + "/" + entry)
            # torch.save pads the header so that an entry's bytes begin at a multiple of 64.
            begin = out.tell() + 30 + len(info.filename) + 4
            info.extra = b"FB" + struct.pack("<H", -begin % 64) + b"Z" * (-begin % 64)
            archive.writestr(info, data)
    return out.getvalue()


def legacy_bytes(root):
    out = io.BytesIO()
    for value in (MAGIC, PROTOCOL_VERSION, SYSTEM):
        pickle.dump(value, out, protocol=2)
    pickler = Pickler(out, 2, True)
    pickler.dump(root)
    keys = sorted(pickler.storages)
    pickle.dump(keys, out, protocol=2)
    for key in keys:
        out.write(struct.pack("<q", len(pickler.storages[key].array)))
        out.write(pickler.storages[key].array.tobytes())
    return out.getvalue()


def state_dict():
    random = np.random.RandomState(7)
    tensors = collections.OrderedDict()
    floats = Storage("0", "F32", random.standard_normal(24).astype("<f4"))
    tensors["conv.weight"] = Tensor(floats, 0, (2, 3, 2, 2), (12, 4, 2, 1))
    tensors["conv.transposed"] = Tensor(floats, 0, (4, 6), (1, 4))
    tensors["conv.channels_last"] = Tensor(floats, 0, (2, 2, 3, 2), (12, 1, 4, 2))
    tensors["conv.tail"] = Tensor(floats, 20, (4,), (1,))
    tensors["conv.every_other"] = Tensor(floats, 1, (3, 2), (8, 2))
    tensors["conv.expanded"] = Tensor(floats, 5, (3, 2), (0, 1))
    tensors["scalar"] = Tensor(floats, 3, (), ())
    tensors["empty"] = Tensor(floats, 0, (0, 3), (3, 1))
    tensors["parameter"] = Tensor(floats, 12, (3, 4), (4, 1), parameter=True)
    half = Storage("1", "F16", random.standard_normal(6).astype("<f2"))
    tensors["half"] = Tensor(half, 0, (2, 3), (3, 1))
    tensors["half.transposed"] = Tensor(half, 0, (3, 2), (1, 3))
    brain = Storage("2", "BF16", (random.standard_normal(6).astype("<f4").view("<u4") >> 16).astype("<u2"))
    tensors["brain"] = Tensor(brain, 0, (6,), (1,))
    tensors["double"] = Tensor(Storage("3", "F64", random.standard_normal(4).astype("<f8")), 0, (2, 2), (1, 2))
    tensors["position_ids"] = Tensor(Storage("4", "I64", np.arange(5, dtype="<i8") << 33), 0, (1, 5), (5, 1))
    tensors["int"] = Tensor(Storage("5", "I32", np.array([-7, 70000], "<i4")), 0, (2,), (1,))
    tensors["short"] = Tensor(Storage("6", "I16", np.array([-7, 7000], "<i2")), 0, (2,), (1,))
    tensors["char"] = Tensor(Storage("7", "I8", np.array([-7, 70], "<i1")), 0, (2,), (1,))
    tensors["byte"] = Tensor(Storage("8", "U8", np.array([[7, 200], [1, 2]], "<u1").ravel()), 0, (2, 2), (1, 2))
    tensors["bool"] = Tensor(Storage("9", "BOOL", np.array([1, 0, 1], "<u1")), 0, (3,), (1,))
    # An attribute of the dict: the pickle sets it by BUILD.
    tensors._metadata = collections.OrderedDict([("", {"version": 1})])
    return tensors


class Attack:
    def __reduce__(self):
        return os.system, ("echo executed > executed-by-a-pickle",)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def main():
    tensors = state_dict()
    expected = {name: {"type": tensor.storage.dtype, "shape": tensor.shape, "values": tensor.values()}
                for name, tensor in tensors.items()}
    write("zip.pth", zip_bytes(tensors))
    write("zip_protocol4.pth", zip_bytes(tensors, protocol=4, byteorder=False))
    write("legacy.pth", legacy_bytes(tensors))
    nested = {"epoch": 3, "global_step": 1 << 70, "rate": 0.5, "done": False, "names": ["a", None], "state_dict": tensors}
    write("nested_zip.ckpt", zip_bytes(nested))
    write("nested_legacy.ckpt", legacy_bytes(nested))

    root = np.arange(10, dtype="<f4")
    viewed = Tensor(Storage("0", "F32", root, ("0/view", 4, 5)), 1, (2, 2), (2, 1))
    write("legacy_view.pth", legacy_bytes({"viewed": viewed}))
    expected["viewed"] = {"type": "F32", "shape": viewed.shape, "values": viewed.values()}

    write("attack_zip.pth", zip_bytes({"weight": tensors["scalar"], "attack": Attack()}))
    write("attack_protocol4.pth", zip_bytes({"attack": Attack()}, protocol=4))
    write("attack_legacy.pth", legacy_bytes({"attack": Attack()}))
    write("expected.json", (json.dumps(expected, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
