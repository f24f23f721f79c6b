import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const { compile, kernels, staleKernels } = await import(
  new URL("../../../scripts/kernels.mjs", import.meta.url).href
) as {
  readonly kernels: (root: string) => Readonly<Record<string, unknown>>
  readonly staleKernels: (root: string) => ReadonlyArray<string>
  readonly compile: (root: string, name: string) => Promise<Uint8Array>
}

it("every compiled kernel is what its source gives", async () => {
  expect(staleKernels(root)).toEqual([])
  for (const name of Object.keys(kernels(root))) {
    const { wasm } = await import(new URL(`../../../tensor/kernels/compiled/${name}.ts`, import.meta.url).href) as {
      readonly wasm: string
    }
    expect(wasm).toBe(Buffer.from(await compile(root, name)).toString("base64"))
  }
})
