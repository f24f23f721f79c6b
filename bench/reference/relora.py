"""ReLoRA, as described (arXiv 2307.05695) and as the runs of arXiv 2509.12960 had it.

The published runs trained under DeepSpeed, whose optimizer keeps masters: copies of the trained parameters that are
updated and then copied over the module's. A re-initialisation that edits the module alone lasts one forward pass.
"""
import torch
from torch import nn
from torch.nn import functional


class ReLoRaLinear(nn.Module):
    """x Wᵀ + s · B(A(dropout(x))), W frozen, s = alpha / rank. `keep` is the dropout mask of the coming pass, as data."""

    def __init__(self, linear, arm):
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach().clone(), requires_grad=False)
        outputs, inputs = self.weight.shape
        self.A_lora = nn.Linear(inputs, arm["rank"], bias=False)
        self.B_lora = nn.Linear(arm["rank"], outputs, bias=False)
        nn.init.zeros_(self.B_lora.weight)
        if arm["initA"] == "zero":
            nn.init.zeros_(self.A_lora.weight)
        self.scale = arm["alpha"] / arm["rank"]
        self.dropout = arm["dropout"]
        self.keep = None

    def forward(self, x):
        kept = x if self.dropout == 0 else x * self.keep.view_as(x) / (1 - self.dropout)
        return functional.linear(x, self.weight) + self.scale * self.B_lora(self.A_lora(kept))

    @torch.no_grad()
    def merge(self, merge_scale, fresh):
        """Adds the product to W and starts the pair afresh: A by kaiming_uniform(a=√5), drawn elsewhere, and B zero."""
        self.weight += (1 if merge_scale == 1 else self.scale) * (self.B_lora.weight @ self.A_lora.weight)
        self.A_lora.weight.copy_(fresh)
        self.B_lora.weight.zero_()


def adapt(model, arm):
    """Puts an adapter beside every linear layer whose name holds one of the arm's targets; gives them by name."""
    adapted = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and any(target in name for target in arm["targets"]):
            parent, _, child = name.rpartition(".")
            adapted[name] = ReLoRaLinear(module, arm)
            setattr(model.get_submodule(parent), child, adapted[name])
    return adapted


class Masters:
    """An optimizer's own copies of a module's trained parameters."""

    def __init__(self, parameters):
        self.pairs = [(p, nn.Parameter(p.detach().clone())) for p in parameters]

    def parameters(self):
        return [master for _, master in self.pairs]

    def take_gradients(self):
        for parameter, master in self.pairs:
            master.grad = parameter.grad

    @torch.no_grad()
    def copy_over(self):
        for parameter, master in self.pairs:
            parameter.copy_(master)
