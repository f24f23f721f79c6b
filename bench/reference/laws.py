"""Compares first weights with PyTorch's own: python laws.py FOLDER, with case.json and given.safetensors as train.py has.

For every parameter, the two-sample Kolmogorov–Smirnov statistic between its values and those that PyTorch's default
initialisation gives a layer of the same shape. Prints the largest one in units of its critical value at a level of
0.001, Bonferroni-corrected for the number of parameters: below 1, no law differs noticeably.
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.numpy import load_file
from scipy.stats import ks_2samp

from pico import PicoDecoder

folder = pathlib.Path(sys.argv[1])
case = json.loads((folder / "case.json").read_text())
given = load_file(folder / "given.safetensors")
torch.manual_seed(0)
worst, at = 0.0, ""
parameters = {name.removesuffix(".weight"): p.detach().numpy() for name, p in PicoDecoder(case["model"]).named_parameters()}
assert {name.removeprefix("initial/") for name in given if name.startswith("initial/")} == set(parameters)
for name, theirs in parameters.items():
    ours = given[f"initial/{name}"]
    assert ours.shape == theirs.shape, name
    if name.endswith("norm"):
        assert (ours == theirs).all(), name
        continue
    n = ours.size
    critical = math.sqrt(-math.log(0.001 / len(parameters) / 2) / 2) * math.sqrt(2 / n)
    share = ks_2samp(ours.ravel(), theirs.ravel()).statistic / critical
    if share > worst:
        worst, at = share, name
print(json.dumps({"parameters": len(parameters), "worst": worst, "name": at}))
sys.exit(0 if worst < 1 else 1)
