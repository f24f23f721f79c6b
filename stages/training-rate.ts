/** How fast this machine may be expected to train: measured by a matrix product, since nothing has been trained yet. */
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"

/**
 * Share of a large product's rate that a training of the study's small models reaches, data, optimizer and thin products
 * included: a third to two thirds, by their width (bench/training.ts).
 */
const share = 0.5
/** A layer of the study's small model. */
const [M, K, N] = [1024, 384, 1536] as const
const seconds = 0.5

/** Floating-point operations a second to be expected of a training on an engine. */
export const trainingRate = async (name: string, threads: number): Promise<number> => {
  const graph = new Graph()
  const product = graph.matmul(graph.input("a", [M, K]), graph.input("b", [K, N]))
  const program = await (await engine(name)).compile(graph, { product }, { threads })
  const feeds = {
    a: Float32Array.from({ length: M * K }, (_, i) => i % 7 - 3),
    b: Float32Array.from({ length: K * N }, (_, i) => i % 5 - 2)
  }
  const into = { product: new Float32Array(M * N) }
  await program.run(feeds, into)
  let best = Infinity
  for (const begun = performance.now(); performance.now() - begun < seconds * 1000;) {
    const start = performance.now()
    await program.run(feeds, into)
    best = Math.min(best, performance.now() - start)
  }
  await program.dispose()
  return share * 2 * M * K * N / (best / 1000)
}
