"""Factors of the peak learning rate at scheduler step t = 0, 1, … (arXiv 2509.12960 and its configuration files)."""
import math


def linear_with_warmup(t, warmup, horizon):
    return t / warmup if t < warmup else max(0.0, (horizon - t) / (horizon - warmup))


def jagged_cosine(t, warmup, horizon, period, restart_warmup, least):
    """Cosine to `least` at the horizon, which drops to 0 every `period` steps and is back `restart_warmup` steps later."""

    def cosine(at):
        return least + (1 - least) * 0.5 * (1 + math.cos(math.pi * (at - warmup) / (horizon - warmup)))

    if t < warmup:
        return t / warmup
    restarts, since = divmod(t, period)
    if restarts >= 1 and since < restart_warmup:
        return since / restart_warmup * cosine(restarts * period + restart_warmup)
    return cosine(t)


def schedule_of(settings, period):
    warmup, horizon = settings["warmupSteps"], settings["horizon"]
    if settings["kind"] == "linear":
        return lambda t: linear_with_warmup(t, warmup, horizon)
    return lambda t: jagged_cosine(t, warmup, horizon, period, settings["restartWarmupSteps"], settings["minRatio"])
