/** Singular values of the matrices of a checkpoint, and their statistics. */
import { setImmediate } from "node:timers/promises"
import type { Body } from "../../pipeline/stage.ts"
import { type Solver, solver } from "../../tensor/kernels/singular-value-workers.ts"
import { type Entries, entries } from "./entries.ts"
import { productSingularValues } from "./factors.ts"
import { matrices, type Subject } from "./matrices.ts"
import type { Matrix } from "./matrix.ts"
import { roundingFloor } from "./rounding-floor.ts"
import { type Measured, singularValuesOf, spectraOf } from "./rows.ts"
import type { spectra } from "./stage.ts"
import { statistics } from "./statistics.ts"

/**
 * Rows come by layer, then component as the settings list them, then head where there are circuits of heads, then kind: weight,
 * effective, adapter, realised; of layers without an effective weight A, B, product. These have no circuits.
 */
export const body = async (io: Body<typeof spectra>): Promise<void> => {
  const { components, layers, since, step } = io.config
  const subjectsOf = matrices(await io.read.checkpoint(), io.config)
  const total = layers * components.length
  const solve = solver(io.threads)
  const measured: Array<Measured> = []
  try {
    for (let layer = 0; layer < layers; layer++) {
      for (const [at, component] of components.entries()) {
        const known = new Map<Matrix, Promise<readonly [Float64Array, Entries]>>()
        const subjects = subjectsOf(layer, component)
        measured.push(
          ...await Promise.all(subjects.map((subject) => measure(subject, component, layer, io.config, solve, known)))
        )
        io.progress({ done: layer * components.length + at + 1, total, unit: "matrices" })
        await setImmediate() // lets an interruption through
        io.signal.throwIfAborted()
      }
    }
  } finally {
    await solve.dispose()
  }
  await io.write.spectra(spectraOf(step, since, measured))
  await io.write.singularValues(singularValuesOf(step, measured))
}

const measure = async (
  { factors, head, kind, matrix, rankBound }: Subject,
  component: string,
  layer: number,
  { productDtype, step }: Body<typeof spectra>["config"],
  solve: Solver,
  known: Map<Matrix, Promise<readonly [Float64Array, Entries]>>
): Promise<Measured> => {
  const name = `${component} of layer ${layer} at step ${step} (${kind})`
  const ofFactors = factors && productSingularValues(factors, name)
  const stored = kind === "adapter" ? productDtype : "float32"
  const place = { layer, component, head, kind, rankBound }
  if (!matrix) {
    const sigma = ofFactors!
    const shape = { rows: factors!.left.rows, columns: factors!.right.columns }
    const floor = Math.max(shape.rows, shape.columns) * 2 ** -24 * sigma[0]!
    const found = statistics(sigma, floor, Math.min(shape.rows, shape.columns), rankBound)
    return { ...place, ...shape, sigma, found, ofFactors }
  }
  const { columns, rows, values } = matrix
  const solved = known.get(matrix) ??
    solve.values(values, rows, columns, name).then((sigma) => [sigma, entries(values)] as const)
  known.set(matrix, solved)
  const [sigma, ofEntries] = await solved
  // What bf16 would make of the other kinds is not measured: they are held in float32
  const floor = roundingFloor(stored, matrix, sigma[0]!)
  const found = statistics(sigma, floor, sigma.length, rankBound)
  return { ...place, rows, columns, sigma, found, ofEntries, ofFactors }
}
