"""Scores sentences in PyTorch, each time a line comes: python score.py FOLDER THREADS

FOLDER holds case.json ({ model, sentences: lists of token ids }) and weights.safetensors. Each line on standard input is
answered by one line, the seconds that scoring all sentences took, by the clock and of the processor. The sums are written to sums.json at the end.
"""
import json
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn import functional

from pico import PicoDecoder

folder, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
case = json.loads((folder / "case.json").read_text())
model = PicoDecoder(case["model"]).eval()
model.load_state_dict({
    name if name in model.state_dict() else f"{name}.weight": tensor
    for name, tensor in load_file(folder / "weights.safetensors").items()
})
sentences = case["sentences"]
tokens_at_once = 1024


@torch.inference_mode()
def score():
    """Sums of log-probabilities of tokens 2 … n, in batches of sentences of one length: nothing is padded."""
    sums = [0.0] * len(sentences)
    by_length = {}
    for at, ids in enumerate(sentences):
        by_length.setdefault(len(ids), []).append(at)
    for length, members in sorted(by_length.items()):
        rows = max(1, tokens_at_once // (length - 1))
        for first in range(0, len(members), rows):
            batch = members[first:first + rows]
            ids = torch.tensor([sentences[at] for at in batch])
            logits = model(ids[:, :-1])
            losses = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
            for at, value in zip(batch, losses.view(len(batch), -1).double().sum(1).tolist()):
                sums[at] = -value
    return sums


sums = []
for _ in sys.stdin:
    start, used = time.perf_counter(), time.process_time()
    sums = score()
    print(time.perf_counter() - start, time.process_time() - used, flush=True)
(folder / "sums.json").write_text(json.dumps(sums))
