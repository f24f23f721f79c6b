/** Takes a training state apart into the weights a study looks at. */
import type { Parts } from "../../model/adaptation.ts"
import { partsBy } from "../../model/method.ts"
import { plusProduct } from "../../model/methods/adapter-product.ts"
import { fromTensors, type TrainingState } from "../../model/state.ts"
import type { Body } from "../../pipeline/stage.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint } from "../../schemas/tables.ts"
import type { checkpoint } from "./stage.ts"

type Part = "effective" | "base" | "adapter" | "product" | "A" | "B" | "realised"

/** The parameter that a tensor of a state is, or belongs to: layers.0.attention.v_proj.A is of layers.0.attention.v_proj. */
const parameterOf = (tensor: string): string => /^layers\.\d+\.(?:attention|swiglu)\.[^.]+/.exec(tensor)?.[0] ?? tensor

/**
 * One pass over the parameters of a state, in its order; the parts of a parameter come in the order effective, base,
 * adapter, A, B, realised; of a layer without an effective weight product, A, B. Moments are left out, and what the optimizer
 * keeps.
 *
 * What a matrix is made of, its method says (`partsOf`): of a pair, W + alpha/rank·B·A. The pair is the kept one: where a
 * state was written on the very step of a merge whose re-initialisation is lost (reinitEffective false), the fresh pair
 * that the next forward pass sees instead, once, is ignored, so that effective is what training goes on from. realised is
 * the effective matrix less the previous state's, taken in float64 before either is rounded, so that small updates keep
 * their digits. base and realised are given for the matrices of layers only, and base only where it differs from
 * effective in some bit.
 */
export const take =
  (partsOf: (state: TrainingState, name: string) => Parts) => async (io: Body<typeof checkpoint>): Promise<void> => {
    const state = fromTensors(await io.read.state())
    const before = await io.read.previous()
    if (before.length > 1) throw new Error(`a checkpoint has one previous state at most; got ${before.length}`)
    const previous = before[0] && fromTensors(before[0].value)
    const known = previous && new Set([...previous.keys()].map(parameterOf))

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

    for (const name of new Set([...state.keys()].map(parameterOf))) {
      const { base, effective: exact, pair, shape } = partsOf(state, name)
      const layerMatrix = name.startsWith("layers.") && shape.length === 2
      if (exact) {
        const effective = exact instanceof Float32Array ? exact : Float32Array.from(exact)
        push(name, "effective", shape, effective)
        if (layerMatrix && base?.some((value, at) => !Object.is(value, effective[at]))) push(name, "base", shape, base)
      }

      if (pair) {
        const [a, b] = pair
        push(name, exact ? "adapter" : "product", shape, Float32Array.from(plusProduct(undefined, a, b, 1)))
        push(name, "A", a.shape, Float32Array.from(a.values))
        push(name, "B", b.shape, Float32Array.from(b.values))
      }
      if (layerMatrix && previous) {
        if (!known!.has(name)) {
          throw new Error(`${name} is missing from the previous state: it belongs to another model`)
        }
        const old = partsOf(previous, name).effective
        if (!exact || !old) continue
        if (old.length !== exact.length) {
          throw new Error(`${name} is ${shape.join("x")}, but in the previous state it has ${old.length} entries`)
        }
        push(name, "realised", shape, Float32Array.from(exact, (value, at) => value - old[at]!))
      }
    }
    await io.write.checkpoint(rows)
  }

/** By the method that trained the state; the initial state is any method's. */
export const body = (io: Body<typeof checkpoint>): Promise<void> =>
  take(partsBy(io.config.method ?? { kind: "full-rank" }))(io)
