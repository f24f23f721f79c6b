/** The two forms of the kernel behind one face: compiled, and as TypeScript where a processor cannot run that. */
import { wasm } from "../compiled/svd.ts"
import * as svd from "./svd.ts"
import { work } from "./vectors.ts"

type Steps = Pick<
  typeof svd,
  "decompose" | "leftPlace" | "leftStride" | "matrixPlace" | "plan" | "rightPlace" | "rowStride" | "valuesPlace"
>

export interface Kernel extends Steps {
  /** Memory of at least so many numbers. What it held is lost. */
  readonly memory: (numbers: number) => Float64Array
}

const pageBytes = 65_536

/** Nothing where the processor lacks the 128-bit instructions without which V8 refuses the module. */
export const compiledModule = (): WebAssembly.Module | undefined => {
  const bytes = Buffer.from(wasm, "base64")
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined
}

export const compiledKernel = (): Kernel | undefined => {
  const module = compiledModule()
  if (!module) return undefined
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return {
    ...exports as unknown as Steps,
    memory: (numbers) => {
      const lacking = Math.ceil((numbers * 8 - memory.buffer.byteLength) / pageBytes)
      if (lacking > 0) memory.grow(lacking)
      return new Float64Array(memory.buffer)
    }
  }
}

export const plainKernel = (): Kernel => {
  let memory = new Float64Array(0)
  return {
    ...svd,
    memory: (numbers) => {
      if (memory.length < numbers) memory = new Float64Array(numbers)
      work(memory)
      return memory
    }
  }
}

let known: Kernel | undefined
/** The compiled kernel where it runs, else the plain one; the same bits come from both. */
export const kernel = (): Kernel => known ??= compiledKernel() ?? plainKernel()
