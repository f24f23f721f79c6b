"""Peer of bench/checkpoint.ts: the same 64,595,328 parameters and both moments by torch.save and by safetensors.

python checkpoint.py [folder]. Neither keeps digests; with --digest SHA-256 of the file is taken too, as a store of
content-addressed files needs it.
"""
import argparse
import hashlib
import os
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file

arguments = argparse.ArgumentParser()
arguments.add_argument("folder", nargs="?", default=tempfile.gettempdir())
arguments.add_argument("--digest", action="store_true")
options = arguments.parse_args()
torch.set_num_threads(2)


def shapes():
    D, F, V, kv = 384, 1536, 50304, 128
    yield from [(V, D), (V, D), (D,)]
    for _ in range(12):
        yield from [(D,), (D,), (D, D), (kv, D), (kv, D), (D, D), (F, D), (F, D), (D, F)]


state = {f"{part}.{i}": torch.rand(shape) for part in ("value", "exp_avg", "exp_avg_sq") for i, shape in enumerate(shapes())}
assert sum(t.numel() for t in state.values()) == 3 * 64595328


def digest(path):
    if options.digest:
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256")


def best(work):
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


for name, save, load in [
    ("torch.save", lambda path: torch.save(state, path), lambda path: torch.load(path)),
    ("safetensors", lambda path: save_file(state, path), lambda path: {k: v.clone() for k, v in load_file(path).items()}),
]:
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = os.path.join(folder, "state")
        write = best(lambda: (save(path), digest(path)))
        read = best(lambda: (load(path), digest(path)))
        print(f"{name}{' and SHA-256' if options.digest else ''}: WRITE {write:.2f} s, READ {read:.2f} s")
