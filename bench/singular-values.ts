/**
 * Times singular values beside numpy's (LAPACK, one thread), on one matrix of each shape: best of several runs.
 *
 * Run: node bench/singular-values.ts
 */
import { spawnSync } from "node:child_process"
import { singularValues } from "../tensor/kernels/singular-values.ts"
import { stream } from "../tensor/random.ts"

const shapes = [[8, 96], [32, 96], [96, 96], [96, 384], [32, 384], [128, 384], [384, 384], [384, 1536]] as const

/** Enough to fill about a second, five at least. */
const runs = (rows: number, columns: number): number =>
  Math.max(5, Math.min(200, Math.round(2e9 / (rows * rows * columns) / 4)))

const ours = shapes.map(([rows, columns]): number => {
  const matrix = stream(1, "bench", rows, columns).fillNormal(new Float32Array(rows * columns))
  let best = Infinity
  for (let run = 0; run < runs(rows, columns); run++) {
    const start = performance.now()
    singularValues(matrix, rows, columns)
    best = Math.min(best, performance.now() - start)
  }
  return best
})

const program = `
import json, sys, time, numpy
times = []
for rows, columns, runs in json.load(sys.stdin):
    matrix = numpy.random.default_rng(1).standard_normal((rows, columns))
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        numpy.linalg.svd(matrix, compute_uv=False)
        best = min(best, 1e3 * (time.perf_counter() - start))
    times.append(best)
print(json.dumps(times))
`
const python = spawnSync("python3", ["-c", program], {
  input: JSON.stringify(shapes.map(([rows, columns]) => [rows, columns, runs(rows, columns)])),
  encoding: "utf8",
  env: { ...process.env, OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1", OMP_NUM_THREADS: "1" }
})
const numpy: ReadonlyArray<number> | undefined = python.status === 0 ? JSON.parse(python.stdout) : undefined
if (!numpy) console.log("python3 with numpy was not found: ours alone\n")

console.log(["shape", "ours, ms", "numpy, ms", "ratio"].map((title) => title.padStart(10)).join(" "))
shapes.forEach(([rows, columns], at) => {
  const theirs = numpy?.[at]
  const cells = [
    `${rows}x${columns}`,
    ours[at]!.toFixed(3),
    theirs === undefined ? "" : theirs.toFixed(3),
    theirs === undefined ? "" : (ours[at]! / theirs).toFixed(2)
  ]
  console.log(cells.map((cell) => cell.padStart(10)).join(" "))
})
