/**
 * Times singular values beside numpy's (LAPACK, one thread) in turns, on one matrix of each shape, best of several runs;
 * and two threads beside one on a batch of matrices.
 *
 * Run: node bench/singular-values.ts, with PYTHON the interpreter that has numpy (default python3)
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { solver } from "../tensor/kernels/singular-value-workers.ts"
import { singularValues } from "../tensor/kernels/singular-values.ts"
import { compiledModule } from "../tensor/kernels/svd/kernel.ts"
import { stream } from "../tensor/random.ts"

/** Shapes of the default study's matrices (widths 48 and 96), of the paper's small model, and one larger. */
const shapes = [
  [4, 48],
  [8, 96],
  [32, 96],
  [48, 48],
  [48, 192],
  [96, 96],
  [96, 384],
  [32, 384],
  [128, 384],
  [384, 384],
  [384, 1536],
  [768, 3072]
] as const

/** Turns, and runs in each: about two seconds in all. */
const timesOf = (rows: number, columns: number) => ({
  turns: rows < 200 ? 15 : rows < 500 ? 8 : 3,
  runs: Math.max(1, Math.min(50, Math.round(2e7 / (rows * rows * columns))))
})

const matrixOf = (rows: number, columns: number, key = 0) =>
  stream(1, "bench", rows, columns, key).fillNormal(new Float32Array(rows * columns))

const program = `
import ctypes, glob, os, sys, time, numpy
core = "unknown"
for path in glob.glob(os.path.join(os.path.dirname(numpy.__file__), "..", "numpy.libs", "*openblas*")):
    try:
        name = ctypes.CDLL(path).scipy_openblas_get_corename64_
        name.restype = ctypes.c_char_p
        core = name().decode()
    except (AttributeError, OSError):
        pass
print(f"numpy {numpy.__version__}, OpenBLAS kernel {core}", flush=True)
matrices = {}
for line in sys.stdin:
    rows, columns, runs = map(int, line.split())
    if (rows, columns) not in matrices:
        matrices[rows, columns] = numpy.random.default_rng(1).standard_normal((rows, columns))
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        numpy.linalg.svd(matrices[rows, columns], compute_uv=False)
        best = min(best, 1e3 * (time.perf_counter() - start))
    print(best, flush=True)
`

/** Settings that make OpenBLAS take another kernel than the processor's own would slow numpy down. */
const environment = (): NodeJS.ProcessEnv => {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _size, ...rest } = process.env
  return { ...rest, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" }
}

const python = spawn(process.env["PYTHON"] ?? "python3", ["-u", "-c", program], {
  env: environment(),
  stdio: ["pipe", "pipe", "ignore"]
})
python.on("error", () => {})
python.stdin.on("error", () => {})
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
const answer = async (): Promise<string | undefined> => (await lines.next()).value
const peer = await answer()
console.log(peer === undefined ? "python3 with numpy was not found: ours alone" : `${peer}, one thread`)

console.log(["shape", "ours, ms", "numpy, ms", "ratio"].map((title) => title.padStart(10)).join(" "))
for (const [rows, columns] of shapes) {
  const matrix = matrixOf(rows, columns)
  const { runs, turns } = timesOf(rows, columns)
  let ours = Infinity, theirs = Infinity
  for (let turn = 0; turn < turns; turn++) {
    if (peer !== undefined) {
      python.stdin.write(`${rows} ${columns} ${runs}\n`)
      theirs = Math.min(theirs, Number(await answer()))
    }
    for (let run = 0; run < runs; run++) {
      const start = performance.now()
      singularValues(matrix, rows, columns)
      ours = Math.min(ours, performance.now() - start)
    }
  }
  const cells = [`${rows}x${columns}`, ours.toFixed(3)]
  if (peer !== undefined) cells.push(theirs.toFixed(3), (ours / theirs).toFixed(2))
  console.log(cells.map((cell) => cell.padStart(10)).join(" "))
}
python.stdin.end()

/** Matrices of a batch. */
const batches = [[96, 384, 300], [384, 384, 16], [384, 1536, 8]] as const
if (compiledModule()) {
  console.log("\n" + ["batch", "1, ms", "2, ms", "speedup"].map((title) => title.padStart(14)).join(" "))
  for (const [rows, columns, count] of batches) {
    const matrices = Array.from({ length: count }, (_, key) => matrixOf(rows, columns, key))
    const solvers = [solver(1), solver(2)]
    const solve = async (at: number) => {
      const start = performance.now()
      await Promise.all(matrices.map((matrix) => solvers[at]!.values(matrix, rows, columns, "matrix")))
      return performance.now() - start
    }
    await solve(1) // starts the threads
    const best = [Infinity, Infinity]
    for (let turn = 0; turn < 6; turn++) for (const at of [0, 1]) best[at] = Math.min(best[at]!, await solve(at))
    for (const one of solvers) await one.dispose()
    const cells = [
      `${count} x ${rows}x${columns}`,
      ...best.map((ms) => ms.toFixed(0)),
      (best[0]! / best[1]!).toFixed(2)
    ]
    console.log(cells.map((cell) => cell.padStart(14)).join(" "))
  }
}
