/** Settings of every method, small enough for a test: all that its events need is given. */
import type { Method } from "../../../schemas/model.ts"
import { relora } from "../methods.ts"

interface Sample {
  readonly method: Method
  /** Events that leave the effective weights as they are. */
  readonly preserving?: ReadonlyArray<string>
  /** The method where what its forward pass draws is not drawn; its own test has the rest. */
  readonly plain?: Method
  /** Why its layers have no effective weight, where they have none: what holds of that weight is then not asked. */
  readonly noWeight?: string
  /** End of the names of tensors whose gradient is not the weight's by design; its own test has it. */
  readonly straightThrough?: string
  /** Why its layers do not multiply by their effective weight, where it is that of a merge: its own test has what they do. */
  readonly merged?: string
  /** Rank that effective − base cannot exceed. */
  readonly rankOfProduct?: number
}

const targets = ["attention", "swiglu"]
const pair = { rank: 3, alpha: 6, dropout: 0, targets, seed: 7 }
const projection = { rank: 3, scale: 0.25, momentsAtRefresh: "keep" as const, targets }

export const samples: ReadonlyArray<readonly [name: string, sample: Sample]> = [
  ["full-rank", { method: { kind: "full-rank" } }],
  ["lora", { method: { kind: "lora", ...pair, initA: "kaiming" }, rankOfProduct: 3 }],
  ["relora", { method: relora({ rank: 3 }), preserving: ["merge"], rankOfProduct: 3 }],
  ["galore", { method: { kind: "galore", ...projection }, preserving: ["refresh"] }],
  [
    "galore, rotating",
    { method: { kind: "galore", ...projection, momentsAtRefresh: "rotate" }, preserving: ["refresh"] }
  ],
  [
    "fira",
    {
      method: { kind: "fira", ...projection, residual: "paper", scaling: "column", limiter: true },
      preserving: ["refresh"]
    }
  ],
  ["sltrain", { method: { kind: "sltrain", rank: 3, alpha: 6, density: 0.1, targets, seed: 7 }, rankOfProduct: 3 }],
  [
    "loro",
    {
      method: {
        kind: "loro",
        rank: 3,
        exactGradient: "gradient",
        factorRate: 1,
        momentsAtExact: "zero",
        targets,
        seed: 7
      },
      preserving: ["exact"],
      rankOfProduct: 3
    }
  ],
  ["cola", {
    method: { kind: "cola", rank: 3, activation: "silu", targets, seed: 7 },
    noWeight: "an activation stands between its factors; test/model/methods/cola.test.ts has its gradients"
  }],
  [
    "cola, without activation",
    { method: { kind: "cola", rank: 3, activation: "identity", targets, seed: 7 }, rankOfProduct: 3 }
  ],
  ["muon", { method: { kind: "muon", momentum: 0.95, iterations: 5, otherRate: 1, targets } }],
  [
    "switchlora",
    {
      method: { kind: "switchlora", ...pair, interval: 2, decaySteps: 100, switchEvery: 1, freezeSteps: 5 },
      preserving: ["switch"],
      rankOfProduct: 3
    }
  ],
  // A cut to the rank that there is moves nothing but the factors.
  ["lora-squeeze", {
    method: { kind: "lora-squeeze", ...pair, initA: "kaiming", ranks: [3] },
    preserving: ["squeeze"],
    rankOfProduct: 3
  }],
  [
    "periodic-lora",
    {
      method: { kind: "periodic-lora", ...pair, initA: "kaiming", keep: 0, rule: "exact" },
      preserving: ["unload"],
      rankOfProduct: 3
    }
  ],
  [
    "periodic-lora, keeping a share",
    {
      method: { kind: "periodic-lora", ...pair, initA: "kaiming", keep: 0.3, rule: "exact" },
      preserving: ["unload"],
      rankOfProduct: 3
    }
  ],
  [
    "droplora",
    {
      method: { kind: "droplora", ...pair, initA: "kaiming", maskRate: 0.25, maskScope: "step" },
      plain: { kind: "droplora", ...pair, initA: "kaiming", maskRate: 0, maskScope: "step" },
      rankOfProduct: 3
    }
  ],
  [
    "droplora, learned",
    {
      method: { kind: "droplora", ...pair, initA: "kaiming", maskRate: 0.25, maskScope: "learned" },
      straightThrough: ".logits",
      rankOfProduct: 3
    }
  ],
  [
    "sora",
    {
      method: {
        kind: "sora",
        ...pair,
        initA: "kaiming",
        sparsity: 3e-4,
        thresholdBy: "constant",
        operator: "soft",
        l1: 0
      },
      rankOfProduct: 3
    }
  ],
  [
    "lte",
    {
      method: { kind: "lte", ...pair, heads: 2, resetAtMerge: false, law: "orthogonal" },
      plain: { kind: "lte", ...pair, heads: 1, resetAtMerge: false, law: "orthogonal" },
      preserving: ["merge"],
      rankOfProduct: 6
    }
  ],
  [
    "lte, resetting",
    {
      method: { kind: "lte", ...pair, heads: 2, resetAtMerge: true, law: "kaiming" },
      plain: { kind: "lte", ...pair, heads: 1, resetAtMerge: true, law: "kaiming" },
      preserving: ["merge"],
      rankOfProduct: 6
    }
  ],
  [
    "subspace-muon",
    {
      method: {
        kind: "subspace-muon",
        rank: 3,
        momentum: 0.95,
        outside: 0.05,
        iterations: 5,
        otherRate: 1,
        targets
      },
      preserving: ["refresh"]
    }
  ],
  ["dylora", { method: { kind: "dylora", ...pair, initA: "kaiming", mode: "full" }, rankOfProduct: 3 }],
  ...(["initial", "current"] as const).map((basis): readonly [string, Sample] => [
    `srlora, ${basis}`,
    {
      method: { kind: "srlora", ...pair, basis, fuseShare: 0.5, score: "product", smoothing: 0.85 },
      preserving: ["fuse"],
      rankOfProduct: 3
    }
  ]),
  ...([0, 2] as const).map((lookahead): readonly [string, Sample] => [
    `oplora, looking ${lookahead} ahead`,
    {
      method: {
        kind: "oplora",
        rank: 3,
        factorRate: 20,
        lookahead,
        proximal: 1e-2,
        momentum: 0.5,
        damping: 0,
        momentumRank: 1,
        targets,
        seed: 7
      },
      rankOfProduct: 3
    }
  ]),
  [
    "reslora, of blocks",
    { method: { kind: "reslora", ...pair, initA: "kaiming", shortcut: "block", previous: 1 }, rankOfProduct: 6 }
  ],
  ...(["input", "middle"] as const).map((shortcut): readonly [string, Sample] => [
    `reslora, ${shortcut}`,
    {
      method: { kind: "reslora", ...pair, initA: "kaiming", shortcut, previous: 1 },
      merged: "it reads what went into another layer; test/model/methods/reslora.test.ts has its steps",
      rankOfProduct: 3
    }
  ]),
  [
    "sd-lora",
    {
      method: {
        kind: "sd-lora",
        rank: 3,
        norm: "product",
        atStage: "continue",
        magnitudes: "layer",
        magnitude: 0.8,
        initA: "kaiming",
        targets,
        seed: 7
      },
      rankOfProduct: 3
    }
  ]
]
