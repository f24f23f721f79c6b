/** Calls of TensorFlow's operations, with the bookkeeping of whose tensors must be freed. */
import type { Dtype } from "../node.ts"
import type { Shape } from "../shape.ts"
import type { Library, OpAttribute, Tensor, Values } from "./library.ts"

/** Types that tensors have here: what is no float32 and no bool is int32. */
export type Type = "float32" | "int32" | "bool"

export const typeOf = (dtype: Dtype): Type => dtype === "float32" || dtype === "bool" ? dtype : "int32"

/** A number that TensorFlow keeps in 32 bits, of an int64. */
const narrow = (value: bigint): number => {
  const number = Number(value)
  if (number !== (number | 0)) throw new Error(`tensorflow: ${value} does not fit int32, in which it keeps int64`)
  return number
}

/** Values as TensorFlow takes them; float32, int32 and bool are not copied. */
const valuesOf = (data: ArrayLike<number | bigint>, dtype: Dtype): Values =>
  dtype === "int64"
    ? Int32Array.from(data as BigInt64Array, narrow)
    : dtype === "uint8"
    ? new Int32Array(data as Uint8Array)
    : data as Values

export class Calls {
  readonly #library: Library
  /** Tensors that live as long as the program, by what they hold. */
  readonly #kept = new Map<string, Tensor>()
  /** Tensors made since `only` began. */
  #made: Tensor[] = []

  constructor(library: Library) {
    this.#library = library
  }

  /** A tensor of given values. They are used where they are and must not change while the tensor lives. */
  tensor(data: ArrayLike<number | bigint>, shape: Shape, dtype: Dtype): Tensor {
    return this.#library.tfjs.tensor(valuesOf(data, dtype), shape, typeOf(dtype))
  }

  /** A tensor that lives as long as the program; one for each key. */
  keep(key: string, make: () => Tensor): Tensor {
    const known = this.#kept.get(key)
    if (known) return known
    const made = make()
    this.#kept.set(key, made)
    return made
  }

  /** A kept int32 tensor: shapes, axes, permutations. */
  integers(values: readonly number[], shape: Shape = [values.length]): Tensor {
    return this.keep(
      `integers ${values.join(" ")} as ${shape.join("x")}`,
      () => this.tensor(Int32Array.from(values), shape, "int32")
    )
  }

  /** A kept float32 scalar. */
  scalar(value: number): Tensor {
    return this.keep(`scalar ${value}`, () => this.tensor(Float32Array.of(value), [], "float32"))
  }

  type(name: string, type: Type): OpAttribute {
    const { binding } = this.#library.backend
    const value = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL }[type]
    return { name, type: binding.TF_ATTR_TYPE, value }
  }

  flag(name: string, value: boolean): OpAttribute {
    return { name, type: this.#library.backend.binding.TF_ATTR_BOOL, value }
  }

  count(name: string, value: number): OpAttribute {
    return { name, type: this.#library.backend.binding.TF_ATTR_INT, value }
  }

  /** Runs an operation at once. */
  call(operation: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor {
    const made = this.#library.backend.executeSingleOutput(operation, attributes, inputs)
    this.#made.push(made)
    return made
  }

  /** Runs what calls several operations, and frees all they make but the result. */
  only(run: () => Tensor): Tensor {
    this.#made = []
    let result: Tensor | undefined
    try {
      result = run()
      return result
    } finally {
      for (const tensor of this.#made) if (tensor !== result) tensor.dispose()
      this.#made = []
    }
  }

  dispose(): void {
    for (const tensor of this.#kept.values()) tensor.dispose()
    this.#kept.clear()
  }
}
