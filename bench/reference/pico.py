"""The pico decoder (arXiv 2509.12960) in PyTorch: a Llama-style model with grouped queries, SwiGLU and an untied head.

Modules carry the names of the published checkpoints, and every layer is initialised by PyTorch's own defaults.
B rows, T tokens a row, D width, H query heads, V heads of keys and values, K width of a head, F hidden.
"""
import torch
from torch import nn
from torch.nn import functional


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotations(length, head_width, theta, dtype):
    """exp(i · position · theta^(−2j/K)) as complex numbers, (T, K/2)."""
    frequencies = theta ** (-torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies)
    turns = torch.polar(torch.ones_like(angles), angles)
    return turns if dtype == torch.float64 else turns.to(torch.complex64)


def rotate(x, turns):
    """Turns adjacent pairs of the last axis: x (B, T, heads, K)."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns[:, None, :]).flatten(-2)


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        D, self.H, self.V = shape["width"], shape["heads"], shape["kvHeads"]
        self.K = D // self.H
        self.q_proj = nn.Linear(D, D, bias=False)
        self.k_proj = nn.Linear(D, self.V * self.K, bias=False)
        self.v_proj = nn.Linear(D, self.V * self.K, bias=False)
        self.o_proj = nn.Linear(D, D, bias=False)

    def forward(self, x, turns):
        B, T, D = x.shape
        q = rotate(self.q_proj(x).view(B, T, self.H, self.K), turns).transpose(1, 2)  # (B, H, T, K)
        k = rotate(self.k_proj(x).view(B, T, self.V, self.K), turns).transpose(1, 2)  # (B, V, T, K)
        v = self.v_proj(x).view(B, T, self.V, self.K).transpose(1, 2)
        mask = torch.full((T, T), float("-inf"), dtype=x.dtype).triu(1)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)  # (B, H, T, K)
        return self.o_proj(mixed.transpose(1, 2).reshape(B, T, D))


class SwiGLU(nn.Module):
    def __init__(self, shape):
        super().__init__()
        D, F = shape["width"], shape["hidden"]
        self.w_0 = nn.Linear(D, F, bias=False)
        self.w_1 = nn.Linear(D, F, bias=False)
        self.w_2 = nn.Linear(F, D, bias=False)

    def forward(self, x):
        return self.w_2(functional.silu(self.w_0(x)) * self.w_1(x))


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.attention_norm = RMSNorm(shape["width"], shape["normEpsilon"])
        self.attention = Attention(shape)
        self.swiglu_norm = RMSNorm(shape["width"], shape["normEpsilon"])
        self.swiglu = SwiGLU(shape)

    def forward(self, x, turns):
        x = x + self.attention(self.attention_norm(x), turns)
        return x + self.swiglu(self.swiglu_norm(x))


class PicoDecoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding_proj = nn.Embedding(shape["vocabulary"], shape["width"])
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape["layers"]))
        self.output_norm = RMSNorm(shape["width"], shape["normEpsilon"])
        self.de_embedding_proj = nn.Linear(shape["width"], shape["vocabulary"], bias=False)

    def forward(self, tokens):
        """tokens (B, T) → logits (B, T, vocabulary)."""
        x = self.embedding_proj(tokens)
        turns = rotations(tokens.shape[1], self.shape["width"] // self.shape["heads"], self.shape["ropeTheta"], x.dtype)
        for layer in self.layers:
            x = layer(x, turns)
        return self.de_embedding_proj(self.output_norm(x))
