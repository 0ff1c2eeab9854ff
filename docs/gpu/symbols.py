"""Whether DJL's JNI library for another PyTorch would load beside this machine's: its missing symbols, by name.

    python3 docs/gpu/symbols.py libdjl_torch.so
"""

import ctypes
import pathlib
import subprocess
import sys

import torch

library = str(pathlib.Path(sys.argv[1]).resolve())
folder = pathlib.Path(torch.__file__).parent / "lib"
print(f"torch {torch.__version__} in {folder}")
paths = [str(folder)] + [str(p) for p in folder.parent.parent.glob("nvidia/*/lib")]
listed = subprocess.run(["ldd", "-r", library], env={"LD_LIBRARY_PATH": ":".join(paths), "PATH": "/usr/bin:/bin"},
                        capture_output=True, text=True)
missing = [line for line in (listed.stdout + listed.stderr).splitlines() if "undefined symbol" in line or "not found" in line]
names = "\n".join(line.split("undefined symbol:")[-1].split("(")[0].strip() for line in missing)
readable = subprocess.run(["c++filt"], input=names, capture_output=True, text=True).stdout if names else ""
print(f"{len(missing)} missing:\n{readable or names}")
for label, mode in (("at once", 2), ("lazily", 1)):
    try:
        ctypes.CDLL(library, mode=mode | ctypes.RTLD_GLOBAL)
        print(f"binding symbols {label}: loads")
    except OSError as error:
        print(f"binding symbols {label}: {error}")
