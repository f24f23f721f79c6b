/** Which engine a name means, by a program that stands for the trials of a machine with this or that. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { StudySettings } from "../../schemas/study.ts"
import { engines, type Proof } from "../../stages/engines.ts"
import { engineNames } from "../../tensor/engines.ts"

const folder = mkdtempSync(join(tmpdir(), "relora-pipeline-engines-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program that prints what came of trying an engine, after what a library might print; "crash" ends it early. */
const program = (name: string, proofs: Record<string, Proof | "crash">): string => {
  const script = join(folder, `${name}.mjs`)
  writeFileSync(
    script,
    `const [, , command, name] = process.argv
if (command !== "prove-engine") throw new Error(command)
const proof = ${JSON.stringify(proofs)}[name]
process.stdout.write("a driver says hello\\n")
if (proof === "crash") process.kill(process.pid, "SIGSEGV")
else process.stdout.write(JSON.stringify(proof) + "\\n")
`
  )
  return script
}
const right = (library: string): Proof => ({ works: true, identity: library, library })
const wrong = (reason: string, remedy?: string): Proof => ({
  works: false,
  reason,
  message: `no: ${reason}`,
  ...(remedy === undefined ? {} : { remedy })
})

const bare = program("bare", {
  "onnx:cpu": right("onnx of the processor"),
  "onnx:cuda": wrong("its library is not installed", "install it"),
  "onnx:webgpu": "crash",
  tensorflow: right("tensorflow 9"),
  reference: right("reference 1")
})

describe("engines", () => {
  it("are the ones that a study may name", () => {
    const { engine } = StudySettings.shape
    expect(engine.unwrap().options).toEqual(["onnx", ...engineNames])
  })

  it("without a provider mean the processor, where CUDA is not installed, and try nothing", async () => {
    expect(await engines(join(folder, "absent.mjs"), () => false).resolve("onnx")).toEqual({
      name: "onnx:cpu",
      identity: "onnx:cpu"
    })
  })

  it("without a provider mean CUDA where it is installed and works, else the processor with the reason", async () => {
    const gpu = program("gpu", { "onnx:cuda": right("onnx of the GPU") })
    expect(await engines(gpu, () => true).resolve("onnx")).toMatchObject({
      name: "onnx:cuda",
      identity: "onnx:cuda"
    })
    const broken = await engines(bare, () => true).resolve("onnx")
    expect(broken.name).toBe("onnx:cpu")
    expect(broken.note).toBe(
      "engine onnx:cuda is installed but does not work: its library is not installed; taking onnx:cpu"
    )
  })

  it("by a provider mean that one, present or not: keys can be asked for anywhere", async () => {
    expect(await engines(bare).resolve("onnx:webgpu")).toMatchObject({
      name: "onnx:webgpu",
      identity: "onnx:webgpu"
    })
  })

  it("whose identity depends on the machine are asked for it", async () => {
    expect((await engines(bare).resolve("tensorflow")).identity).toBe("tensorflow 9")
    const without = program("without", { tensorflow: wrong("nothing is installed") })
    await expect(engines(without).resolve("tensorflow")).rejects.toThrow("no: nothing is installed")
  })

  it("that do not work fail their proof with the reason, a crash included", async () => {
    await engines(join(folder, "absent.mjs")).prove("onnx:cpu")
    await engines(bare).prove("tensorflow")
    await expect(engines(bare).prove("onnx:cuda")).rejects.toThrow("no: its library is not installed")
    await expect(engines(bare).prove("onnx:webgpu")).rejects.toThrow(/ended early \(SIGSEGV\)/)
  })

  it("are checked one by one; only the chosen one is essential", async () => {
    const found = await engines(bare, () => false).checks("onnx")
    expect(found.map(({ name, status }) => [name, status])).toEqual([
      ["engine onnx:cpu", "found"],
      ["engine onnx:cuda", "absent"],
      ["engine onnx:webgpu", "absent"],
      ["engine tensorflow", "found"],
      ["engine reference", "found"]
    ])
    expect(found[0]!.detail).toBe("onnx of the processor: agrees with the reference; chosen")
    expect(found[1]).toMatchObject({ detail: "its library is not installed", remedy: "install it" })
    expect((await engines(bare).checks("onnx:cuda"))[1]!.status).toBe("missing")
    await expect(engines(bare).checks("abacus")).rejects.toThrow(
      "there is no engine abacus; there are onnx, onnx:cpu, onnx:cuda, onnx:webgpu, tensorflow, reference"
    )
  })
})
