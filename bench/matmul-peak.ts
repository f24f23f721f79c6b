/**
 * The fastest float32 matrix product that onnxruntime reaches on this machine: the yardstick for a training step.
 * Run as a program it prints one line a shape: node bench/matmul-peak.ts [threads]
 */
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"

export interface MatmulRate {
  /** (M, K) × (K, N) */
  readonly shape: readonly [M: number, K: number, N: number]
  /** 2 M K N floating-point operations over the time of the fastest run, in 10⁹ a second */
  readonly gigaflops: number
}

/** A layer of the small model, and squares from inside the cache to well beyond it. */
const shapes: readonly MatmulRate["shape"][] = [
  [1024, 384, 1536],
  [1024, 1024, 1024],
  [2048, 2048, 2048]
]

/** Rate of each shape: the best of runs that fill `seconds`, after two that warm up. */
export const matmulRates = async (
  { threads, seconds = 0.5 }: { readonly threads: number; readonly seconds?: number }
): Promise<MatmulRate[]> => {
  const onnx = await engine("onnx")
  const rates: MatmulRate[] = []
  for (const shape of shapes) {
    const [M, K, N] = shape
    const graph = new Graph()
    const product = graph.matmul(graph.input("a", [M, K]), graph.input("b", [K, N]))
    const program = await onnx.compile(graph, { product }, { threads })
    const feeds = { a: waves(M * K), b: waves(K * N) }
    const into = { product: new Float32Array(M * N) }
    await program.run(feeds, into)
    await program.run(feeds, into)
    let [best, spent] = [Infinity, 0]
    while (spent < seconds) {
      const start = performance.now()
      await program.run(feeds, into)
      const elapsed = (performance.now() - start) / 1000
      best = Math.min(best, elapsed)
      spent += elapsed
    }
    await program.dispose()
    rates.push({ shape, gigaflops: 2 * M * K * N / best / 1e9 })
  }
  return rates
}

/** The fastest of the shapes. */
export const matmulPeak = async (options: { readonly threads: number }): Promise<MatmulRate> =>
  (await matmulRates(options)).reduce((best, rate) => rate.gigaflops > best.gigaflops ? rate : best)

const waves = (count: number): Float32Array => Float32Array.from({ length: count }, (_, position) => Math.sin(position))

if (import.meta.main) {
  const threads = Number(process.argv[2] ?? 1)
  for (const { gigaflops, shape } of await matmulRates({ threads })) {
    console.log(`${shape.join(" × ").padEnd(20)} ${gigaflops.toFixed(1).padStart(6)} GFLOP/s on ${threads} threads`)
  }
}
