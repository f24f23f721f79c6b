"""Trains the reference on what was drawn elsewhere: python train.py FOLDER [--float64] [--threads N]

FOLDER holds case.json (model, arm, optimizer, numbers of steps and rows) and given.safetensors:

    initial/NAME           first weights
    batches                tokens, (steps, rows, T + 1)
    dropout/LAYER          kept inputs of an adapter as bits, lowest first, (steps, bytes)
    fresh/STEP/LAYER       A as drawn at a step; step 0 is the attachment
    kept/STEP/NAME/MOMENT  elements of an adapter's moment that a reset leaves, 0 or 1

It writes found.safetensors: losses, gradient_norms and learning_rates by step, gradient/NAME of the first step, and
the last state: final/NAME, final/NAME.exp_avg, final/NAME.exp_avg_sq. An adapter's parts are LAYER.A and LAYER.B.
"""
import argparse
import json
import pathlib

import numpy
import torch
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from pico import PicoDecoder
from relora import Masters, adapt
from schedule import schedule_of


def plain(name):
    """LAYER.A_lora.weight → LAYER.A, NAME.weight → NAME."""
    return name.removesuffix(".weight").replace(".A_lora", ".A").replace(".B_lora", ".B")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--float64", action="store_true")
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_default_dtype(torch.float64 if options.float64 else torch.float32)

    case = json.loads((options.folder / "case.json").read_text())
    given = load_file(options.folder / "given.safetensors")
    arm, steps = case["arm"], case["steps"]
    relora = arm["method"] == "relora"

    def tensor(name):
        return torch.from_numpy(given[name]).to(torch.get_default_dtype())

    model = PicoDecoder(case["model"])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensor(f"initial/{plain(name)}"))
    adapted = adapt(model, arm) if relora else {}
    with torch.no_grad():
        for name, layer in adapted.items():
            if arm["initA"] == "kaiming":
                layer.A_lora.weight.copy_(tensor(f"fresh/0/{name}"))

    parameters = {plain(name): p for name, p in model.named_parameters() if p.requires_grad}
    masters = Masters(parameters.values())
    copies = dict(zip(parameters, masters.parameters()))
    optimizer = torch.optim.AdamW(
        copies.values(),
        lr=case["learningRate"],
        betas=(case["optimizer"]["beta1"], case["optimizer"]["beta2"]),
        eps=case["optimizer"]["epsilon"],
        weight_decay=case["optimizer"]["weightDecay"],
    )
    factor = schedule_of(arm["schedule"], arm.get("resetEvery"))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    def reset(step):
        for name, layer in adapted.items():
            layer.merge(arm["mergeScale"], tensor(f"fresh/{step}/{name}"))
            for part, weight in (("A", layer.A_lora.weight), ("B", layer.B_lora.weight)):
                master = copies[f"{name}.{part}"]
                # A plain optimizer updates the parameters themselves: what is re-initialised stays so.
                if arm["reinitEffective"]:
                    master.data.copy_(weight)
                for moment in ("exp_avg", "exp_avg_sq"):
                    optimizer.state[master][moment].mul_(tensor(f"kept/{step}/{name}.{part}/{moment}"))

    found = {"losses": [], "gradient_norms": [], "learning_rates": []}
    gradients = {}
    for step in range(1, steps + 1):
        rows = torch.from_numpy(given["batches"][step - 1]).long()
        for name, layer in adapted.items():
            if layer.dropout > 0:
                bits = numpy.unpackbits(given[f"dropout/{name}"][step - 1], bitorder="little")
                layer.keep = torch.from_numpy(bits).to(torch.get_default_dtype())
        model.zero_grad()
        logits = model(rows[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()
        if step == 1:
            gradients = {f"gradient/{name}": p.grad.clone() for name, p in parameters.items()}
        found["losses"].append(loss.item())
        norms = torch.stack([p.grad.norm() for p in parameters.values()])
        found["gradient_norms"].append(norms.norm().item())
        found["learning_rates"].append(scheduler.get_last_lr()[0])
        masters.take_gradients()
        optimizer.step()
        masters.copy_over()
        scheduler.step()
        if relora and step > arm["resetEvery"] and step % arm["resetEvery"] == 1:
            reset(step)

    result = {name: numpy.array(values, dtype=numpy.float64) for name, values in found.items()}
    result |= {name: value.numpy() for name, value in gradients.items()}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            result[f"final/{plain(name)}"] = parameter.detach().numpy()
    for name, master in copies.items():
        result[f"final/{name}"] = master.detach().numpy()
        for moment in ("exp_avg", "exp_avg_sq"):
            result[f"final/{name}.{moment}"] = optimizer.state[master][moment].numpy()
    result = {name: numpy.ascontiguousarray(value, dtype=numpy.float64 if value.ndim == 1 and "/" not in name else numpy.float32) for name, value in result.items()}
    save_file(result, options.folder / "found.safetensors")
    print(f"torch {torch.__version__}, {'float64' if options.float64 else 'float32'}: {found['losses'][0]:.6f} → {found['losses'][-1]:.6f}")


if __name__ == "__main__":
    main()
