/** The tensor engines as the command line knows them: by name, identity, and whether they work on this machine. */
import { spawn } from "node:child_process"
import type { Check, Engines, ResolvedEngine } from "../pipeline/app.ts"
import { EngineAbsent } from "../tensor/absent.ts"
import { engineNames } from "../tensor/engines.ts"
import { isInstalled, type Provider } from "../tensor/onnx/provider.ts"

/** What came of trying an engine in a process of its own. */
export type Proof =
  | { readonly works: true; readonly identity: string; readonly library: string }
  | { readonly works: false; readonly reason: string; readonly remedy?: string; readonly message: string }

/** First argument of a process that tries an engine. */
export const proving = "prove-engine"

/** Seconds that an engine may take to compute its first numbers; drivers compile their kernels then. */
const patience = 120

/** The main function of a process that tries the engine named by its second argument: prints what came of it. */
export const mainOfProof = async (name: string): Promise<void> => {
  const { prove } = await import("../tensor/prove.ts")
  const proof: Proof = await prove(name).then(
    ({ identity, library }) => ({ works: true, identity, library }),
    (error: Error) => ({
      works: false,
      message: error.message,
      reason: error instanceof EngineAbsent ? error.reason : error.message,
      ...(error instanceof EngineAbsent ? { remedy: error.remedy } : {})
    })
  )
  process.stdout.write(`\n${JSON.stringify(proof)}\n`, () => process.exit())
}

/**
 * Tries an engine in a process of its own: a driver may crash the process it fails in, a library may take a GPU's memory
 * for as long as its process lives, and both print what nobody needs to read.
 */
const attempt = (script: string, name: string): Promise<Proof> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [script, proving, name], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: patience * 1000
    })
    let printed = ""
    child.stdout.on("data", (chunk: Buffer) => printed += chunk.toString())
    const failed = (reason: string) => resolve({ works: false, reason, message: `engine ${name}: ${reason}` })
    child.on("error", (error) => failed(`its trial could not be started: ${error.message}`))
    child.on("close", (code, signal) => {
      const last = printed.trimEnd().split("\n").at(-1)!
      if (last.startsWith("{")) resolve(JSON.parse(last) as Proof)
      else failed(`the process that tried it ended early (${signal ?? `exit code ${code}`})`)
    })
  })

const named = (name: string): string => {
  if (name === "onnx" || engineNames.includes(name)) return name
  throw new Error(`there is no engine ${name}; there are onnx, ${engineNames.join(", ")}`)
}

/**
 * `onnx` without a provider is the best that is installed and proves to work: CUDA, else the processor. WebGPU is part of
 * the package everywhere and may be anything from a driver in software up, so it is taken only by its name.
 */
const chooseProvider = async (
  installed: (provider: Provider) => boolean,
  trial: (name: string) => Promise<Proof>
): Promise<{ readonly provider: Provider; readonly note?: string }> => {
  if (!installed("cuda")) return { provider: "cpu" }
  const proof = await trial("onnx:cuda")
  if (proof.works) return { provider: "cuda" }
  return { provider: "cpu", note: `engine onnx:cuda is installed but does not work: ${proof.reason}; taking onnx:cpu` }
}

const checkOf = (name: string, proof: Proof, chosen: boolean): Check => ({
  name: `engine ${name}`,
  ...(proof.works
    ? { status: "found", detail: `${proof.library}: agrees with the reference${chosen ? "; chosen" : ""}` }
    : {
      status: chosen ? "missing" : "absent",
      detail: proof.reason,
      ...(proof.remedy === undefined ? {} : { remedy: proof.remedy })
    })
})

/** `script` is the program whose `prove-engine NAME` runs `mainOfProof`. */
export const engines = (script: string, installed: (provider: Provider) => boolean = isInstalled): Engines => {
  const trial = (name: string) => attempt(script, name)
  const worked = async (name: string): Promise<string> => {
    const proof = await trial(name)
    if (!proof.works) throw new Error(proof.message)
    return proof.identity
  }
  const resolve = async (asked: string): Promise<ResolvedEngine> => {
    const name = named(asked)
    // Its library may come from several places, and compute on a GPU or not.
    if (name === "tensorflow") return { name, identity: await worked(name) }
    if (name !== "onnx") return { name, identity: name }
    const { note, provider } = await chooseProvider(installed, trial)
    const full = `onnx:${provider}`
    return { name: full, identity: full, ...(note === undefined ? {} : { note }) }
  }
  return {
    default: "onnx",
    resolve,
    // The processor's kernels are what the tests hold, on every change.
    prove: async (name) => {
      if (name !== "onnx:cpu" && name !== "reference") await worked(name)
    },
    checks: async (asked) => {
      const chosen = named(asked) === "onnx" ? (await resolve("onnx")).name : asked
      const checks: Array<Check> = []
      for (const name of engineNames) checks.push(checkOf(name, await trial(name), name === chosen))
      return checks
    }
  }
}
