/** Wires the learning dynamics of a run: activations and gradients on a fixed batch, and what is made of them. */
import type { Given, LabelledRef, Ref } from "../pipeline/graph.ts"
import { writtenAs } from "../schemas/sweep.ts"
import type { Checkpoint, Probe } from "../schemas/tables.ts"
import { methodAt, scaleOf, trainingFlops } from "./arm.ts"
import { dynamics, probe, similarity } from "./probe/stage.ts"
import { type Run, shapeOrigins } from "./study-run.ts"
import type { tokenize } from "./tokenize/stage.ts"

/** Probes a checkpoint of a run. */
export const watch = (
  run: Run,
  step: number,
  checkpoint: Ref<typeof Checkpoint>,
  initial: Ref<typeof Checkpoint>,
  corpus: Given<(typeof tokenize)["outputs"]>
) => {
  const { arm, graph, model, seed, settings, size, study } = run
  const at = { path: [size, arm, seed, step], labels: { size, arm, seed, step } }
  const { length, sequences } = study.analysis.probe
  const method = step === 0 ? undefined : methodAt(settings, step, { seed, width: model.width })
  const found = graph.add(probe, {
    ...at,
    config: { model, scale: method === undefined ? null : scaleOf(method), sequences, length },
    inputs: { checkpoint, heldout: corpus.heldout },
    origins: {
      ...shapeOrigins(run),
      scale: `arms.${writtenAs(arm, settings)}`,
      sequences: "analysis.probe.sequences",
      length: "analysis.probe.length"
    },
    flops: trainingFlops(model, { kind: "full-rank" }, length, sequences * length)
  })
  const { dynamics: measured, intruders } = graph.add(dynamics, {
    ...at,
    config: { step, layers: model.layers, heads: model.heads, kvHeads: model.kvHeads },
    inputs: { probe: found.probe, checkpoint, initial },
    origins: {
      step: "checkpoints",
      layers: `sizes.${size}.layers`,
      heads: `sizes.${size}.heads`,
      kvHeads: `sizes.${size}.kvHeads`
    }
  })
  return { probe: found.probe, dynamics: measured, intruders }
}

/** Compares the activations of a run's checkpoints. */
export const liken = ({ arm, graph, model, seed, size }: Run, probes: ReadonlyArray<LabelledRef<typeof Probe>>) => {
  const labels = { size, arm, seed }
  const { similarity: ref } = graph.add(similarity, {
    path: [size, arm, seed],
    labels,
    config: { layers: model.layers },
    inputs: { probes },
    origins: { layers: `sizes.${size}.layers` }
  })
  return { labels, ref }
}
