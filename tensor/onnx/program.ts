/** An ONNX graph under construction: names of values, initializers that equal uses share, nodes that profiles can read. */
import type { ConstantData, Dtype, Node } from "../node.ts"
import { type Shape, show } from "../shape.ts"
import type { Attribute, Model, NodeMessage, TensorMessage, ValueInfo } from "./messages.ts"

/** Element types as TensorProto.DataType numbers them. */
export const elementType: Record<Dtype, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 }

/** The domain of operators that onnxruntime adds to ONNX. */
export const microsoft = "com.microsoft"

export const inputName = (name: string): string => `in:${name}`
export const outputName = (name: string): string => `out:${name}`

export const float = (name: string, f: number): Attribute => ({ name, type: 1, f })
export const integer = (name: string, i: number | boolean): Attribute => ({ name, type: 2, i: Number(i) })
export const text = (name: string, s: string): Attribute => ({ name, type: 3, s: new TextEncoder().encode(s) })
export const tensor = (name: string, t: TensorMessage): Attribute => ({ name, type: 4, t })
export const integers = (name: string, ints: readonly number[]): Attribute => ({ name, type: 7, ints })

export interface Call {
  readonly attributes?: readonly Attribute[]
  readonly domain?: string
}

export class Program {
  readonly #nodes: NodeMessage[] = []
  readonly #initializers: TensorMessage[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []
  readonly #shared = new Map<string, string>()
  readonly #arrays = new Map<ConstantData, number>()
  /** values by the name that an output gives them */
  readonly #renamed = new Map<string, string>()
  #current: Node | undefined

  /** What the following operators belong to, for their names. */
  at(node: Node): void {
    this.#current = node
  }

  /** Applies an operator; the values it makes bear the given names. */
  call(operator: string, inputs: readonly string[], output: string | readonly string[], call: Call = {}): void {
    const label = this.#current ? `${this.#current.scope}/${this.#current.op}.${this.#current.id}` : "outputs"
    this.#nodes.push({
      name: `${label.replace(/^\//, "")}/${operator}.${this.#nodes.length}`,
      opType: operator,
      domain: call.domain ?? "",
      input: inputs,
      output: typeof output === "string" ? [output] : output,
      attribute: call.attributes ?? []
    })
  }

  /** Applies an operator to make a value that only the lowering knows. */
  value(operator: string, inputs: readonly string[], call: Call = {}): string {
    const name = `value:${this.#nodes.length}`
    this.call(operator, inputs, name, call)
    return name
  }

  /** A value that is made once, at its first use. */
  once(key: string, make: () => string): string {
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const name = make()
    this.#shared.set(key, name)
    return name
  }

  /** An int64 vector, as operators take shapes and axes. */
  integers(values: readonly number[]): string {
    return this.once(
      `integers ${values.join(" ")}`,
      () =>
        this.#initialize(`integers:${values.join(",")}`, "int64", [values.length], BigInt64Array.from(values, BigInt))
    )
  }

  scalar(value: number): string {
    return this.once(
      `scalar ${value}`,
      () => this.#initialize(`scalar:${value}`, "float32", [], Float32Array.of(value))
    )
  }

  /** A constant; equal uses of one array store it once. */
  constant(data: ConstantData, dtype: Dtype, shape: Shape): string {
    const number = this.#arrays.get(data) ?? this.#arrays.size
    this.#arrays.set(data, number)
    const name = `constant:${number}:${dtype}${show(shape)}`
    return this.once(name, () => this.#initialize(name, dtype, shape, data))
  }

  input(name: string, dtype: Dtype, shape: Shape): void {
    this.#inputs.push(valueInfo(name, dtype, shape))
  }

  /** Makes a value an output: the operator that computes it writes it there, without a copy, wherever that can be. */
  output(name: string, value: string, dtype: Dtype, shape: Shape): void {
    const computed = this.#nodes.some((node) => node.output.includes(value))
    if (computed && !this.#renamed.has(value)) this.#renamed.set(value, name)
    else this.call("Identity", [value], name)
    this.#outputs.push(valueInfo(name, dtype, shape))
  }

  model(): Model {
    const final = (name: string) => this.#renamed.get(name) ?? name
    return {
      irVersion: 8,
      producerName: "tensor",
      opsetImport: [{ domain: "", version: 18 }, { domain: microsoft, version: 1 }],
      graph: {
        name: "graph",
        // onnxruntime orders nodes by a search from the results back, of which it goes to those listed last first (GraphViewer,
        // graph_viewer.cc). Listed backwards, they run about in the order of their making, in which a gradient is made as soon as
        // it can be; listed forwards, gradients of weights come last, and all they need is kept until then.
        node: this.#nodes.map((node) => ({ ...node, input: node.input.map(final), output: node.output.map(final) }))
          .reverse(),
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs
      }
    }
  }

  #initialize(name: string, dtype: Dtype, dims: Shape, data: ConstantData): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.#initializers.push({ name, dims, dataType: elementType[dtype], rawData })
    return name
  }
}

const valueInfo = (name: string, dtype: Dtype, shape: Shape): ValueInfo => ({
  name,
  type: { tensorType: { elemType: elementType[dtype], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } }
})
