/** Takes a training state apart into the weights a study looks at. */
import { plusProduct } from "../../model/methods/adapter-product.ts"
import { fromTensors, type TensorState, type TrainingState } from "../../model/state.ts"
import type { Body } from "../../pipeline/stage.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint } from "../../schemas/tables.ts"
import type { checkpoint } from "./stage.ts"

type Part = "effective" | "base" | "adapter" | "A" | "B" | "realised"

/**
 * One pass over the state's parameters, in its order; the parts of a parameter come in the order effective, base,
 * adapter, A, B, realised. Moments are left out.
 *
 * With s = alpha/rank, effective is W + s·B·A, or W where there is no pair. The pair is the kept one: where a state was
 * written on the very step of a merge whose re-initialisation is lost (reinitEffective false), the fresh pair that the
 * next forward pass sees instead, once, is ignored, so that effective is what training goes on from. realised is the effective matrix less the
 * previous state's, taken in float64 before either is rounded, so that small updates keep their digits. base and
 * realised are given for the matrices of layers only, and base only where it differs from effective in some bit.
 */
export const body = async (io: Body<typeof checkpoint>): Promise<void> => {
  const { method } = io.config
  const scale = method?.kind === "relora" ? method.alpha / method.rank : undefined
  const state = fromTensors(await io.read.state())
  const before = await io.read.previous()
  if (before.length > 1) throw new Error(`a checkpoint has one previous state at most; got ${before.length}`)
  const previous = before[0] && fromTensors(before[0].value)

  const rows = {
    name: [] as Array<string>,
    part: [] as Array<Part>,
    shape: [] as Array<string>,
    data: [] as Array<Uint8Array>
  } satisfies Columns<typeof Checkpoint>
  const push = (name: string, part: Part, shape: ReadonlyArray<number>, values: Float32Array) => {
    rows.name.push(name)
    rows.part.push(part)
    rows.shape.push(shape.join("x"))
    rows.data.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  for (const [name, { shape, values: base }] of state) {
    if (isPair(state, name)) continue
    const layerMatrix = name.startsWith("layers.") && shape.length === 2
    const exact = effectiveOf(state, name, scale)
    const effective = exact instanceof Float32Array ? exact : Float32Array.from(exact)
    push(name, "effective", shape, effective)
    if (layerMatrix && effective.some((value, at) => !Object.is(value, base[at]))) push(name, "base", shape, base)

    const pair = pairOf(state, name)
    if (pair) {
      const [a, b] = pair
      push(name, "adapter", shape, Float32Array.from(plusProduct(undefined, a, b, 1)))
      push(name, "A", a.shape, a.values)
      push(name, "B", b.shape, b.values)
    }
    if (layerMatrix && previous) {
      const old = effectiveOf(previous, name, scale)
      if (old.length !== exact.length) {
        throw new Error(`${name} is ${shape.join("x")}, but in the previous state it has ${old.length} entries`)
      }
      push(name, "realised", shape, Float32Array.from(exact, (value, at) => value - old[at]!))
    }
  }
  await io.write.checkpoint(rows)
}

/** The two factors beside a layer's matrix, if it carries an adapter. */
const pairOf = (state: TrainingState, name: string): readonly [a: TensorState, b: TensorState] | undefined => {
  const a = state.get(`${name}.A`), b = state.get(`${name}.B`)
  if ((a === undefined) !== (b === undefined)) {
    throw new Error(`${name} has only the ${a ? "A" : "B"} of its adapter: the training state is incomplete`)
  }
  return a && b && [a, b]
}

const isPair = (state: TrainingState, name: string): boolean => /\.[AB]$/.test(name) && state.has(name.slice(0, -2))

/** The matrix by which the forward pass multiplies; see above for the one pass after a merge. */
const effectiveOf = (state: TrainingState, name: string, scale: number | undefined): Float32Array | Float64Array => {
  const tensor = state.get(name)
  if (!tensor) throw new Error(`${name} is missing from the previous state: it belongs to another model`)
  const pair = pairOf(state, name)
  if (!pair) return tensor.values
  if (scale === undefined) {
    throw new Error(`${name} carries an adapter, but the method is not relora: its alpha and rank are unknown`)
  }
  return plusProduct(tensor.values, ...pair, scale)
}
