// Compiles the kernels of tensor/kernels/assembly (AssemblyScript) to modules of tensor/kernels/compiled, which are committed: a
// run needs no compiler. Only what has changed since it was compiled is compiled again.
//   node scripts/kernels.mjs [--check]
// Imported memory, SIMD, no runtime. A line `// asc --FLAG …` in a source adds flags of its own, such as --sharedMemory.
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const flags = "-O3 --converge --noAssert --runtime stub --enable simd --importMemory".split(" ")

const sha256 = (text) => createHash("sha256").update(text).digest("hex")
const folder = (root) => join(root, "tensor", "kernels", "assembly")
const compiledFile = (root, name) => join(root, "tensor", "kernels", "compiled", `${name}.ts`)

/**
 * File that a kernel reads for a path. Those above assembly/ are TypeScript that Node runs too; where assembly/ has a file of
 * the same path, as its svd/vectors.ts for ../svd/vectors.ts, it is read instead.
 */
const sourceFile = (root, path) => {
  const file = join(folder(root), path)
  const instead = join(folder(root), relative(join(root, "tensor", "kernels"), file))
  return existsSync(instead) ? instead : existsSync(file) ? file : undefined
}

/** Text of a source and of every file it imports, directly or not, in order of first mention. */
const texts = (root, path, found = new Map()) => {
  const file = sourceFile(root, path)
  if (file === undefined || found.has(file)) return found
  const text = readFileSync(file, "utf8")
  found.set(file, text)
  for (const [, specifier] of text.matchAll(/\bfrom "(\.[^"]*)"/g)) {
    texts(root, join(dirname(path), specifier.endsWith(".ts") ? specifier : `${specifier}.ts`), found)
  }
  return found
}

/** Kernels by name: what they are compiled from, as a digest. */
export const kernels = (root) => {
  if (!existsSync(folder(root))) return {}
  const files = readdirSync(folder(root)).filter((name) => name.endsWith(".ts")).sort()
  return Object.fromEntries(
    files.map((file) => {
      const all = [...texts(root, file).values()]
      const own = [...all[0].matchAll(/^\/\/ asc (.+)$/gm)].flatMap(([, words]) => words.split(/\s+/))
      return [file.slice(0, -3), { options: [...flags, ...own], digest: sha256([...flags, ...all].join("\n")) }]
    })
  )
}

/** Digest of what a module was compiled from. */
const compiledFrom = (root, name) => {
  const file = compiledFile(root, name)
  return existsSync(file) ? /^\/\/ Source: ([0-9a-f]{64})$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined
}

/** Names of the kernels whose module is missing or was compiled from another source. */
export const staleKernels = (root) =>
  Object.entries(kernels(root)).filter(([name, { digest }]) => compiledFrom(root, name) !== digest).map(([name]) =>
    name
  )

/** WebAssembly of a kernel. */
export const compile = async (root, name) => {
  let asc
  try {
    asc = await import("assemblyscript/asc")
  } catch {
    throw new Error(`tensor/kernels/assembly/${name}.ts has changed, and its compiler is not installed: run npm ci`)
  }
  let binary
  const { error, stderr } = await asc.main([`${name}.ts`, "--outFile", "out.wasm", ...kernels(root)[name].options], {
    readFile: (path, base = ".") => {
      const file = sourceFile(root, join(base, path))
      return file === undefined ? null : readFileSync(file, "utf8")
    },
    writeFile: (_path, content) => void (binary = content),
    listFiles: () => []
  })
  if (error !== null) throw new Error(`tensor/kernels/assembly/${name}.ts: ${error.message}\n${stderr.toString()}`)
  return binary
}

/** Compiles the stale kernels; gives their names. */
export const compileStale = async (root) => {
  const stale = staleKernels(root)
  for (const name of stale) {
    const binary = await compile(root, name)
    const lines = Buffer.from(binary).toString("base64").match(/.{1,110}/g).map((line) => `  "${line}"`)
    mkdirSync(join(root, "tensor", "kernels", "compiled"), { recursive: true })
    writeFileSync(
      compiledFile(root, name),
      `// WebAssembly of ../assembly/${name}.ts, in base64. Written by scripts/kernels.mjs.\n` +
        `// Source: ${kernels(root)[name].digest}\n` +
        `export const wasm = [\n${lines.join(",\n")}\n].join("")\n`
    )
  }
  return stale
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL("..", import.meta.url))
  if (process.argv.includes("--check")) {
    const stale = staleKernels(root)
    if (stale.length > 0) {
      console.error(`not compiled from what is there now: ${stale.join(", ")}; run npm run kernels`)
      process.exit(1)
    }
  } else for (const name of await compileStale(root)) console.log(`compiled ${name}`)
}
