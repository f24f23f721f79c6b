/** Whether an engine computes what it should on this machine: loss and gradients of a small model against the reference. */
import { gradients } from "./differentiate.ts"
import type { Engine } from "./engine.ts"
import { engine } from "./engines.ts"
import { Graph } from "./graph.ts"
import type { Node } from "./node.ts"
import { stream } from "./random.ts"
import { evaluate } from "./reference/evaluate.ts"
import { size } from "./shape.ts"

/** Largest difference of a result, relative to its largest value. Single precision is a hundred times closer here. */
const tolerance = 1e-3

/** One block of a decoder: every kind of kernel that training needs. */
const block = () => {
  const graph = new Graph()
  const [rows, length, width, heads, vocabulary] = [2, 8, 16, 2, 12]
  const half = width / heads / 2
  const feeds: Record<string, Float32Array | Int32Array | Uint8Array> = {}
  const wrt: Node[] = []
  const tensor = (name: string, shape: readonly number[]): Node => {
    feeds[name] = stream(1, name).fillUniform(new Float32Array(size(shape)), -1, 1)
    const node = graph.input(name, shape)
    wrt.push(node)
    return node
  }
  feeds["tokens"] = Int32Array.from({ length: rows * length }, (_, at) => (at * 5) % vocabulary)
  feeds["mask"] = Uint8Array.from({ length: rows * length * width }, (_, at) => Number(at % 3 > 0))
  const tokens = graph.input("tokens", [rows, length], "int32")
  const mask = graph.cast(graph.input("mask", [rows, length, width], "uint8"), "float32")
  const angles = Float32Array.from({ length: length * half }, (_, at) => Math.floor(at / half) / (1 + at % half))
  const [cosine, sine] = [angles.map(Math.cos), angles.map(Math.sin)].map((data) =>
    graph.constant(data, [length, half])
  ) as [Node, Node]
  const table = tensor("table", [vocabulary, width])
  const x = graph.gather(table, tokens)
  const normalized = graph.mul(graph.rmsNorm(x, tensor("norm", [width]), 1e-5), mask)
  const turned = graph.rope(graph.matmul(normalized, tensor("weight", [width, width])), cosine, sine, {
    heads,
    interleaved: true
  })
  const scores = graph.softmax(graph.matmul(turned, turned, { transposeB: true, alpha: 0.25 }))
  const mixed = graph.silu(graph.matmul(scores, turned))
  const logits = graph.matmul(graph.add(x, mixed), table, { transposeB: true })
  const probabilities = graph.softmax(logits)
  const peak = graph.reduceMax(logits, [-1])
  const losses = graph.sub(graph.log(graph.reduceSum(graph.exp(graph.sub(logits, peak)), [-1])), probabilities)
  const loss = graph.reduceMean(losses, [0, 1, 2], { keep: false })
  const found = gradients(graph, loss, wrt)
  return { graph, feeds, outputs: { loss, ...Object.fromEntries(found.map((node, at) => [`gradient ${at}`, node])) } }
}

/** An engine that is present and right; fails where it is absent or wrong. */
export const prove = async (name: string): Promise<Engine> => {
  const proved = await engine(name)
  const { feeds, graph, outputs } = block()
  const program = await proved.compile(graph, outputs, { threads: 1 })
  const results = await program.run(feeds)
  await program.dispose()
  const exact = evaluate(Object.values(outputs), feeds)
  for (const [at, output] of Object.keys(outputs).entries()) {
    const largest = Math.max(...exact[at]!.map(Math.abs))
    const apart = Math.max(...exact[at]!.map((value, i) => Math.abs(value - results[output]![i]!)))
    // Not-a-number compares false.
    if (!(apart <= tolerance * largest)) {
      throw new Error(
        `engine ${name} computes, but wrongly: the ${output} of a small model is ${apart.toPrecision(2)} off, of ` +
          `values up to ${largest.toPrecision(2)}. Take another engine, or another version of its library or driver`
      )
    }
  }
  return proved
}
