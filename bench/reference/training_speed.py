"""Times optimizer steps of a pico decoder in PyTorch eager, float32, on the CPU: the peer of bench/training.ts.

Started with one JSON object as its argument:
  {"shape": {width, hidden, layers, heads, kvHeads, vocabulary, ropeTheta, normEpsilon}, "method": {kind, rank, ...},
   "batchSize": .., "sequenceLength": .., "threads": .., "attention": "sdpa" | "repeated" | "plain",
   "optimizer": "fused" | "foreach"}
Then reads a number of steps a line and answers each with a line of JSON: {"milliseconds": [..], "processor": .., "loss": .., "memory": bytes}.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

options = json.loads(sys.argv[1])
shape, method = options["shape"], options["method"]
torch.set_num_threads(options["threads"])
torch.manual_seed(1)

D, HIDDEN, HEADS, KV = shape["width"], shape["hidden"], shape["heads"], shape["kvHeads"]
K, T, B, V = D // HEADS, options["sequenceLength"], options["batchSize"], shape["vocabulary"]


class Adapted(nn.Module):
    """A frozen linear layer with a trained pair beside it: x Wᵀ + s · B(A(dropout(x)))."""

    def __init__(self, into, out):
        super().__init__()
        self.base = nn.Linear(into, out, bias=False)
        self.base.weight.requires_grad_(False)
        self.A = nn.Linear(into, method["rank"], bias=False)
        self.B = nn.Linear(method["rank"], out, bias=False)
        nn.init.zeros_(self.B.weight)
        self.scale = method["alpha"] / method["rank"]

    def forward(self, x):
        return self.base(x) + self.B(self.A(F.dropout(x, method["dropout"], self.training))) * self.scale


def linear(into, out):
    return Adapted(into, out) if method["kind"] == "relora" else nn.Linear(into, out, bias=False)


def rotate(x, turns):
    """x (B, T, heads, K): adjacent pairs are complex numbers, turned by the angle of their position."""
    return torch.view_as_real(torch.view_as_complex(x.reshape(*x.shape[:-1], K // 2, 2)) * turns).flatten(3)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = linear(D, D), linear(D, KV * K), linear(D, KV * K)
        self.o_proj = linear(D, D)

    def forward(self, x, turns, mask):
        q = rotate(self.q_proj(x).view(B, T, HEADS, K), turns).transpose(1, 2)
        k = rotate(self.k_proj(x).view(B, T, KV, K), turns).transpose(1, 2)
        v = self.v_proj(x).view(B, T, KV, K).transpose(1, 2)
        way = options["attention"]
        if way == "sdpa":
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        else:
            k, v = (part.repeat_interleave(HEADS // KV, 1) for part in (k, v))
            if way == "repeated":
                mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                mixed = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(K) + mask, -1) @ v
        return self.o_proj(mixed.transpose(1, 2).reshape(B, T, D))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        eps = shape["normEpsilon"]
        self.attention_norm, self.attention = nn.RMSNorm(D, eps=eps), Attention()
        self.swiglu_norm = nn.RMSNorm(D, eps=eps)
        self.w_0, self.w_1, self.w_2 = linear(D, HIDDEN), linear(D, HIDDEN), linear(HIDDEN, D)

    def forward(self, x, turns, mask):
        x = x + self.attention(self.attention_norm(x), turns, mask)
        y = self.swiglu_norm(x)
        return x + self.w_2(F.silu(self.w_0(y)) * self.w_1(y))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.layers = nn.ModuleList(Block() for _ in range(shape["layers"]))
        self.output_norm = nn.RMSNorm(D, eps=shape["normEpsilon"])
        self.head = nn.Linear(D, V, bias=False)
        angles = torch.arange(T)[:, None] * shape["ropeTheta"] ** (-torch.arange(0, K, 2) / K)
        self.turns = torch.polar(torch.ones_like(angles), angles)[:, None]
        self.mask = torch.full((T, T), -math.inf).triu(1)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, self.turns, self.mask)
        return self.head(self.output_norm(x))


model = Decoder()
optimizer = torch.optim.AdamW(
    [parameter for parameter in model.parameters() if parameter.requires_grad],
    lr=3e-4,
    **{options["optimizer"]: True},
)
rows = torch.randint(V, (B, T + 1))
tokens, targets = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()


def step():
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(tokens).view(-1, V), targets.view(-1))
    loss.backward()
    optimizer.step()
    value = loss.item()
    return (time.perf_counter() - start) * 1000, value


for line in sys.stdin:
    before = time.process_time()
    taken = [step() for _ in range(int(line))]
    print(
        json.dumps({
            "milliseconds": [milliseconds for milliseconds, _ in taken],
            "processor": (time.process_time() - before) * 1000,
            "loss": taken[-1][1],
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }),
        flush=True,
    )
