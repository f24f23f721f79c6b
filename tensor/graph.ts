/** A typed tensor program: nodes in the order of their making, which is an order in which they can run. */
import type { Attributes, ConstantData, Dtype, Node, NodeOf, Operation } from "./node.ts"
import { axisOf, broadcast, sameShape, type Shape, ShapeError, show, size, withAxis } from "./shape.ts"

/** A node, or a number that stands for a float32 scalar. */
export type Operand = Node | number

/** What a composite operation is: its result and how a cotangent of the result goes back to the inputs. */
export interface Composite {
  readonly output: Node
  /**
   * One cotangent for each input, of the input's shape; `undefined` where the result does not depend on it, and, at will,
   * where it is not `wanted`.
   */
  readonly pullback: (cotangent: Node, wanted: readonly boolean[]) => readonly (Node | undefined)[]
}

/** A composite and the inputs that its pullback answers for. */
export interface BoundComposite extends Composite {
  readonly inputs: readonly Node[]
}

const none = {}
const dataTypes: Record<Dtype, { readonly name: string }> = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array
}

export class Graph {
  readonly nodes: Node[] = []
  /** Composites by the id of their output; differentiation uses them instead of the nodes inside. */
  readonly composites = new Map<number, BoundComposite>()
  readonly #names = new Set<string>()
  readonly #scalars = new Map<number, Node>()
  #scope = ""

  // ---- Leaves

  /** A tensor that is fed at every run. */
  input(name: string, shape: Shape, dtype: Dtype = "float32"): Node {
    if (this.#names.has(name)) throw new Error(`input: the graph already has an input named "${name}"`)
    if (!shape.every((extent) => Number.isInteger(extent) && extent > 0)) {
      throw new ShapeError(`input "${name}": shape ${show(shape)} must hold positive whole numbers`)
    }
    this.#names.add(name)
    return this.#emit("input", [], [...shape], { name }, dtype)
  }

  /** A tensor that is part of the program. The data is kept by reference and must not change. */
  constant(data: ConstantData, shape: Shape, dtype: Dtype = "float32"): Node {
    if (data.length !== size(shape)) {
      throw new ShapeError(`constant: ${data.length} elements do not fill shape ${show(shape)}`)
    }
    if (data.constructor.name !== dataTypes[dtype].name) {
      throw new ShapeError(`constant: dtype ${dtype} needs ${dataTypes[dtype].name}, not ${data.constructor.name}`)
    }
    return this.#emit("constant", [], [...shape], { data }, dtype)
  }

  /** A float32 number; equal numbers share one node. */
  scalar(value: number): Node {
    const known = this.#scalars.get(value)
    if (known) return known
    const made = this.#emit("scalar", [], [], { value })
    this.#scalars.set(value, made)
    return made
  }

  // ---- Matrix product

  /** alpha · a b over the last two axes: (..., M, K) × (..., K, N) → (..., M, N). Leading axes broadcast. */
  matmul(a: Node, b: Node, options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {}): Node {
    const { transposeA = false, transposeB = false, alpha = 1 } = options
    this.#float("matmul", a, b)
    const describe = () =>
      `${show(a.shape)}${transposeA ? " transposed" : ""} and ${show(b.shape)}${transposeB ? " transposed" : ""}`
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw new ShapeError(`matmul: both operands need two axes or more, not ${describe()}`)
    }
    const [rows, innerA] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!]
    const [innerB, columns] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!]
    if (innerA !== innerB) throw new ShapeError(`matmul: inner extents ${innerA} and ${innerB} differ in ${describe()}`)
    const batch = broadcast("matmul (leading axes)", a.shape.slice(0, -2), b.shape.slice(0, -2))
    return this.#emit("matmul", [a, b], [...batch, rows, columns], { transposeA, transposeB, alpha })
  }

  // ---- Element by element, with broadcasting

  add(a: Operand, b: Operand): Node {
    return this.#binary("add", a, b)
  }

  sub(a: Operand, b: Operand): Node {
    return this.#binary("sub", a, b)
  }

  mul(a: Operand, b: Operand): Node {
    const [left, right] = [this.#node(a), this.#node(b)]
    if (isOne(left)) return right
    if (isOne(right)) return left
    return this.#binary("mul", left, right)
  }

  div(a: Operand, b: Operand): Node {
    return this.#binary("div", a, b)
  }

  /** The sum of tensors of one shape. */
  addN(terms: readonly Node[]): Node {
    const [first] = terms
    if (!first) throw new ShapeError("addN: needs one term or more")
    for (const term of terms) {
      if (!sameShape(term.shape, first.shape)) {
        throw new ShapeError(`addN: shapes ${show(first.shape)} and ${show(term.shape)} differ`)
      }
    }
    this.#float("addN", ...terms)
    return terms.length === 1 ? first : this.#emit("addN", terms, first.shape, none)
  }

  /** Where the operands are equal; bool. */
  equal(a: Operand, b: Operand): Node {
    const [left, right] = [this.#node(a), this.#node(b)]
    if (left.dtype !== right.dtype) throw new ShapeError(`equal: dtypes ${left.dtype} and ${right.dtype} differ`)
    return this.#emit("equal", [left, right], broadcast("equal", left.shape, right.shape), none, "bool")
  }

  /** `a` where the condition (bool) holds, else `b`. */
  where(condition: Node, a: Operand, b: Operand): Node {
    if (condition.dtype !== "bool") throw new ShapeError(`where: the condition must be bool, not ${condition.dtype}`)
    const [left, right] = [this.#node(a), this.#node(b)]
    this.#float("where", left, right)
    const shape = broadcast("where", condition.shape, left.shape, right.shape)
    return this.#emit("where", [condition, left, right], shape, none)
  }

  neg(x: Node): Node {
    return this.#unary("neg", x)
  }

  exp(x: Node): Node {
    return this.#unary("exp", x)
  }

  /** The natural logarithm. */
  log(x: Node): Node {
    return this.#unary("log", x)
  }

  sqrt(x: Node): Node {
    return this.#unary("sqrt", x)
  }

  /** 1 / (1 + e^-x) */
  sigmoid(x: Node): Node {
    return this.#unary("sigmoid", x)
  }

  /** x · sigmoid(x), as one kernel. */
  silu(x: Node): Node {
    return this.#unary("silu", x)
  }

  /** The same values in another dtype: 0/1 or small integers to float32, indices to int64. */
  cast(x: Node, dtype: Dtype): Node {
    if (x.dtype === dtype) return x
    if (x.dtype === "float32") throw new ShapeError(`cast: from float32 to ${dtype} is not defined`)
    return this.#emit("cast", [x], x.shape, none, dtype)
  }

  // ---- Reductions

  reduceSum(x: Node, axes: readonly number[], options: { keep?: boolean } = {}): Node {
    return this.#reduce("reduceSum", x, axes, options)
  }

  reduceMean(x: Node, axes: readonly number[], options: { keep?: boolean } = {}): Node {
    return this.#reduce("reduceMean", x, axes, options)
  }

  /** The largest element; its cotangent is shared evenly by elements that tie. */
  reduceMax(x: Node, axes: readonly number[], options: { keep?: boolean } = {}): Node {
    return this.#reduce("reduceMax", x, axes, options)
  }

  /** Softmax over the last axis. */
  softmax(x: Node): Node {
    axisOf("softmax", -1, x.shape)
    return this.#unary("softmax", x)
  }

  // ---- Layout

  /** Repeats axes of extent 1 (and adds leading axes) until the shape is reached. */
  expand(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x
    if (!sameShape(broadcast("expand", x.shape, shape), shape)) {
      throw new ShapeError(`expand: ${show(x.shape)} does not expand to ${show(shape)}`)
    }
    this.#float("expand", x)
    return this.#emit("expand", [x], [...shape], none)
  }

  reshape(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x
    if (size(shape) !== size(x.shape)) {
      throw new ShapeError(`reshape: ${show(x.shape)} has ${size(x.shape)} elements, ${show(shape)} ${size(shape)}`)
    }
    return this.#emit("reshape", [x], [...shape], none, x.dtype)
  }

  /** Axis `i` of the result is axis `permutation[i]` of x. */
  transpose(x: Node, permutation: readonly number[]): Node {
    if (!sameShape([...permutation].sort((a, b) => a - b), x.shape.map((_, axis) => axis))) {
      throw new ShapeError(`transpose: ${show(permutation)} is no permutation of the axes of ${show(x.shape)}`)
    }
    if (permutation.every((source, axis) => source === axis)) return x
    const shape = permutation.map((axis) => x.shape[axis]!)
    return this.#emit("transpose", [x], shape, { permutation: [...permutation] }, x.dtype)
  }

  /** Elements start, ..., end - 1 of one axis. */
  slice(x: Node, axis: number, start: number, end: number): Node {
    const along = axisOf("slice", axis, x.shape)
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= x.shape[along]!)) {
      throw new ShapeError(`slice: ${start} to ${end} is not within axis ${along} of ${show(x.shape)}`)
    }
    if (start === 0 && end === x.shape[along]) return x
    return this.#emit("slice", [x], withAxis(x.shape, along, end - start), { axis: along, start, end }, x.dtype)
  }

  /** Zeros before and after the elements of one axis. */
  pad(x: Node, axis: number, before: number, after: number): Node {
    const along = axisOf("pad", axis, x.shape)
    if (!(Number.isInteger(before) && Number.isInteger(after) && before >= 0 && after >= 0)) {
      throw new ShapeError(`pad: ${before} and ${after} must be whole numbers of zeros for ${show(x.shape)}`)
    }
    if (before === 0 && after === 0) return x
    this.#float("pad", x)
    const shape = withAxis(x.shape, along, x.shape[along]! + before + after)
    return this.#emit("pad", [x], shape, { axis: along, before, after })
  }

  concat(parts: readonly Node[], axis: number): Node {
    const [first] = parts
    if (!first) throw new ShapeError("concat: needs one part or more")
    const along = axisOf("concat", axis, first.shape)
    for (const part of parts) {
      const fits = part.shape.length === first.shape.length && part.dtype === first.dtype &&
        part.shape.every((extent, i) => i === along || extent === first.shape[i])
      if (!fits) {
        throw new ShapeError(`concat: ${show(first.shape)} and ${show(part.shape)} do not join on axis ${along}`)
      }
    }
    if (parts.length === 1) return first
    const extent = parts.reduce((total, part) => total + part.shape[along]!, 0)
    return this.#emit("concat", parts, withAxis(first.shape, along, extent), { axis: along }, first.dtype)
  }

  // ---- Indexing

  /** Rows of a table: (V, ...rest) at indices of shape S → (...S, ...rest). Indices are int64 or int32. */
  gather(table: Node, indices: Node): Node {
    axisOf("gather", 0, table.shape)
    this.#indices("gather", indices)
    return this.#emit("gather", [table, indices], [...indices.shape, ...table.shape.slice(1)], none, table.dtype)
  }

  /** `base` (or zeros of the shape) plus each update added to the row that its index names; repeated rows add up. */
  scatterAdd(indices: Node, updates: Node, shape: Shape, base?: Node): Node {
    this.#indices("scatterAdd", indices)
    this.#float("scatterAdd", updates, ...(base ? [base] : []))
    if (!sameShape(updates.shape, [...indices.shape, ...shape.slice(1)]) || shape.length === 0) {
      throw new ShapeError(
        `scatterAdd: updates ${show(updates.shape)} at indices ${show(indices.shape)} are no rows of ${show(shape)}`
      )
    }
    if (base && !sameShape(base.shape, shape)) {
      throw new ShapeError(`scatterAdd: the base is ${show(base.shape)}, the result ${show(shape)}`)
    }
    return this.#emit("scatterAdd", base ? [indices, updates, base] : [indices, updates], [...shape], none)
  }

  // ---- Parts of a decoder that engines run as one kernel

  /** x / √(mean(x²) + epsilon) · weight over the last axis: (..., D), (D) → (..., D). */
  rmsNorm(x: Node, weight: Node, epsilon: number): Node {
    this.#float("rmsNorm", x, weight)
    if (x.shape.length === 0 || !sameShape(weight.shape, x.shape.slice(-1))) {
      throw new ShapeError(`rmsNorm: weight ${show(weight.shape)} does not fit the last axis of ${show(x.shape)}`)
    }
    return this.#emit("rmsNorm", [x, weight], x.shape, { epsilon })
  }

  /** 1 / √(mean(x²) + epsilon) of a node made by `rmsNorm`: (..., D) → (..., 1). It costs nothing: the kernel has it. */
  rmsNormInverse(normalized: Node): Node {
    if (normalized.op !== "rmsNorm") {
      throw new ShapeError(`rmsNormInverse: needs a node of rmsNorm, not ${normalized.op}`)
    }
    const [x] = normalized.inputs as [Node]
    return this.#emit(
      "rmsNormInverse",
      [x, normalized],
      withAxis(x.shape, x.shape.length - 1, 1),
      normalized.attributes
    )
  }

  /**
   * Rotary position embedding: every pair of a head's features is turned by the angle of its position.
   * x is (B, T, heads · K) with `heads` given; cosine and sine are constants of shape (at least T, K / 2).
   * Interleaved pairs are features (2i, 2i + 1); otherwise (i, i + K / 2). `inverse` turns back.
   */
  rope(
    x: Node,
    cosine: Node,
    sine: Node,
    options: { heads: number; interleaved: boolean; inverse?: boolean }
  ): Node {
    const { heads, interleaved, inverse = false } = options
    this.#float("rope", x, cosine, sine)
    if (cosine.op !== "constant" || sine.op !== "constant") {
      throw new ShapeError("rope: cosine and sine must be constants of the graph")
    }
    const [, positions = 0, width = 0] = x.shape
    const fits = x.shape.length === 3 && width % (2 * heads) === 0 && sameShape(cosine.shape, sine.shape) &&
      cosine.shape.length === 2 && cosine.shape[0]! >= positions && cosine.shape[1] === width / heads / 2
    if (!fits) {
      throw new ShapeError(
        `rope: ${show(x.shape)} in ${heads} heads does not fit cosine ${show(cosine.shape)} and sine ${
          show(sine.shape)
        }`
      )
    }
    return this.#emit("rope", [x, cosine, sine], x.shape, { heads, interleaved, inverse })
  }

  // ---- Composition

  /**
   * A composite operation with a hand-written vector-Jacobian product. `build` makes the forward nodes;
   * differentiation asks `pullback` and does not look at the nodes inside.
   */
  custom(inputs: readonly Node[], build: () => Composite): Node {
    const before = this.nodes.length
    const composite = build()
    if (composite.output.id < before || this.nodes[composite.output.id] !== composite.output) {
      throw new Error(`custom: the output (${describe(composite.output)}) must be a node made by build`)
    }
    this.composites.set(composite.output.id, { ...composite, inputs })
    return composite.output
  }

  /** Labels the nodes that `build` makes: labels nest as `layer.3/attention`. */
  scope<T>(label: string, build: () => T): T {
    const outer = this.#scope
    this.#scope = outer === "" ? label : `${outer}/${label}`
    try {
      return build()
    } finally {
      this.#scope = outer
    }
  }

  // ---- Helpers

  #emit<O extends Operation>(
    op: O,
    inputs: readonly Node[],
    shape: Shape,
    attributes: Attributes[O],
    dtype: Dtype = "float32"
  ): Node {
    for (const input of inputs) {
      if (this.nodes[input.id] !== input) throw new Error(`${op}: ${describe(input)} belongs to another graph`)
    }
    const node: NodeOf<O> = { id: this.nodes.length, op, inputs, shape, dtype, attributes, scope: this.#scope }
    this.nodes.push(node as unknown as Node)
    return node as unknown as Node
  }

  #node(operand: Operand): Node {
    return typeof operand === "number" ? this.scalar(operand) : operand
  }

  #float(op: Operation, ...nodes: Node[]): void {
    for (const node of nodes) {
      if (node.dtype !== "float32") throw new ShapeError(`${op}: needs float32, not ${describe(node)}; cast it first`)
    }
  }

  #indices(op: Operation, node: Node): void {
    if (node.dtype !== "int64" && node.dtype !== "int32") {
      throw new ShapeError(`${op}: indices must be int64 or int32, not ${describe(node)}`)
    }
  }

  #binary(op: "add" | "sub" | "mul" | "div", a: Operand, b: Operand): Node {
    const [left, right] = [this.#node(a), this.#node(b)]
    this.#float(op, left, right)
    return this.#emit(op, [left, right], broadcast(op, left.shape, right.shape), none)
  }

  #unary(op: "neg" | "exp" | "log" | "sqrt" | "sigmoid" | "silu" | "softmax", x: Node): Node {
    this.#float(op, x)
    return this.#emit(op, [x], x.shape, none)
  }

  #reduce(
    op: "reduceSum" | "reduceMean" | "reduceMax",
    x: Node,
    axes: readonly number[],
    { keep = true }: { keep?: boolean }
  ): Node {
    this.#float(op, x)
    const along = [...new Set(axes.map((axis) => axisOf(op, axis, x.shape)))].sort((a, b) => a - b)
    if (along.length === 0) return x
    const kept = x.shape.map((extent, axis) => along.includes(axis) ? 1 : extent)
    const shape = keep ? kept : kept.filter((_, axis) => !along.includes(axis))
    return this.#emit(op, [x], shape, { axes: along, keep })
  }
}

/** A node as errors name it: `matmul 12 (float32 [4, 256]) in layer.3/attention`. */
export const describe = (node: Node): string => {
  const name = node.op === "input" ? `input "${node.attributes.name}"` : `${node.op} ${node.id}`
  return `${name} (${node.dtype} ${show(node.shape)})${node.scope === "" ? "" : ` in ${node.scope}`}`
}

const isOne = (node: Node): boolean => node.op === "scalar" && node.attributes.value === 1
