/** The matrices of a checkpoint whose spectra are wanted: components of layers, in several kinds. */
import { plusProduct } from "../../model/methods/adapter-product.ts"
import { floats, shapeOf } from "../../model/state.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint } from "../../schemas/tables.ts"
import { roundToBf16 } from "./bf16.ts"
import type { Factors } from "./factors.ts"
import { headCircuits } from "./head-circuits.ts"
import type { Matrix } from "./matrix.ts"
import { type Heads, ovChange, ovCircuit } from "./ov-circuit.ts"

/** Kinds of a layer with an effective weight, in the order of the rows. */
export const kinds = ["weight", "effective", "adapter", "realised"] as const
/** Kinds of a layer without one: its factors, and their product, by which it does not multiply. */
export type Kind = typeof kinds[number] | "A" | "B" | "product"

export type Component = "v_proj" | "o_proj" | "w_2" | "ov"

/** One matrix to be measured. */
export interface Subject {
  readonly kind: Kind
  /** Query head, of a circuit of one head; −1 of all else. */
  readonly head: number
  /** Rank that the matrix cannot exceed by construction. */
  readonly rankBound: number
  /** The matrix multiplied out, unless only its factors matter. */
  readonly matrix?: Matrix
  /** Thin factors of which it is the product. */
  readonly factors?: Factors
}

export interface Kinds {
  /** The stored matrix: base where the checkpoint has it, otherwise the very object `effective`. */
  readonly weight: Matrix
  readonly effective: Matrix
  /** B·A, unscaled; absent where the layer carries no adapter. */
  readonly adapter?: Matrix
  /** Rank that `adapter` cannot exceed. */
  readonly adapterRank?: number
  /** B and A in float32, of one layer's adapter. */
  readonly adapterFactors?: Factors
  /** Change since the previous checkpoint; absent at the first. */
  readonly realised?: Matrix
}

interface Settings extends Heads {
  /** Precision in which factors and products of adapters are held. */
  readonly productDtype: "float32" | "bf16"
}

const paths = { v_proj: "attention.v_proj", o_proj: "attention.o_proj", w_2: "swiglu.w_2" } as const

/** Looks matrices up in a checkpoint's table. */
export const matrices = (table: Columns<typeof Checkpoint>, settings: Settings) => {
  const { heads, kvHeads, productDtype } = settings
  const places = new Map(table.name.map((name, row) => [`${name} ${table.part[row]}`, row]))

  const find = (name: string, part: string): Matrix | undefined => {
    const row = places.get(`${name} ${part}`)
    if (row === undefined) return undefined
    const [rows, columns] = shapeOf(table.shape[row]!) as [number, number]
    return { rows, columns, values: floats(table.data[row]!) }
  }

  /** B·A as the checkpoint holds it in float32; in bf16 its factors are rounded too, as published runs stored them. */
  const product = (name: string): Matrix | undefined => {
    const stored = find(name, "adapter")
    if (!stored || productDtype === "float32") return stored
    const factor = (part: "A" | "B") => {
      const { columns, rows, values } = find(name, part)!
      return { shape: [rows, columns], values: roundToBf16(Float32Array.from(values)) }
    }
    return inBf16({ ...stored, values: plusProduct(undefined, factor("A"), factor("B"), 1) })
  }

  /** Of a layer with an effective weight. */
  const simple = (name: string): Kinds | undefined => {
    const effective = find(name, "effective")
    if (!effective) {
      if (find(name, "product")) return undefined
      throw new Error(`the checkpoint holds no effective ${name}: was it made for a model of another shape?`)
    }
    const adapter = product(name), realised = find(name, "realised")
    return {
      weight: find(name, "base") ?? effective,
      effective,
      ...adapter && {
        adapter,
        adapterRank: Math.min(find(name, "A")!.rows, adapter.rows, adapter.columns),
        adapterFactors: { left: find(name, "B")!, right: find(name, "A")! }
      },
      ...realised && { realised }
    }
  }

  /** Factors and product of a layer without an effective weight. */
  const apart = (name: string): ReadonlyArray<Subject> => {
    const [a, b, product] = (["A", "B", "product"] as const).map((part) => find(name, part)!) as [
      Matrix,
      Matrix,
      Matrix
    ]
    const whole = ({ columns, rows }: Matrix) => Math.min(rows, columns)
    return [
      { kind: "A", head: -1, rankBound: whole(a), matrix: a },
      { kind: "B", head: -1, rankBound: whole(b), matrix: b },
      {
        kind: "product",
        head: -1,
        rankBound: Math.min(a.rows, whole(product)),
        matrix: product,
        factors: { left: b, right: a }
      }
    ]
  }

  /** Of attention, where both projections have effective weights. */
  const attention = (layer: number) => {
    const v = simple(`layers.${layer}.${paths.v_proj}`), o = simple(`layers.${layer}.${paths.o_proj}`)
    return v && o && [v, o] as const
  }

  const ov = ([v, o]: readonly [Kinds, Kinds]): Kinds => {
    const effective = ovCircuit(v.effective, o.effective, settings)
    const sameBase = v.weight === v.effective && o.weight === o.effective
    const circuit = v.adapter && o.adapter && ovCircuit(v.adapter, o.adapter, settings)
    return {
      weight: sameBase ? effective : ovCircuit(v.weight, o.weight, settings),
      effective,
      ...circuit && {
        adapter: productDtype === "bf16" ? inBf16(circuit) : inFloat32(circuit),
        // Each key-value head's rows of B_v span at most `rank` dimensions of a head's width
        adapterRank: Math.min(circuit.rows, kvHeads * v.adapterRank!, heads * o.adapterRank!)
      },
      ...v.realised && o.realised &&
        { realised: ovChange(v.effective, o.effective, v.realised, o.realised, settings) }
    }
  }

  /** Subjects of a component of a layer, by kind, and head by head. */
  return (layer: number, component: Component | "ov_heads"): ReadonlyArray<Subject> => {
    if (component === "ov" || component === "ov_heads") {
      const both = attention(layer)
      if (!both) return []
      return component === "ov" ? subjects(ov(both)) : headCircuits(...both, settings)
    }
    const name = `layers.${layer}.${paths[component]}`
    const kept = simple(name)
    return kept ? subjects(kept) : apart(name)
  }
}

const subjects = (kept: Kinds): ReadonlyArray<Subject> =>
  kinds.flatMap((kind): ReadonlyArray<Subject> => {
    const matrix = kept[kind]
    if (!matrix) return []
    const ofAdapter = kind === "adapter"
    return [{
      kind,
      head: -1,
      rankBound: ofAdapter ? kept.adapterRank! : Math.min(matrix.rows, matrix.columns),
      matrix,
      ...ofAdapter && kept.adapterFactors && { factors: kept.adapterFactors }
    }]
  })

const inFloat32 = (matrix: Matrix): Matrix => ({ ...matrix, values: Float32Array.from(matrix.values) })
const inBf16 = (matrix: Matrix): Matrix => ({ ...matrix, values: roundToBf16(Float32Array.from(matrix.values)) })
