// Bundles the command line, fingerprints every stage's body, and links `pipeline` where npx looks for it.
//   node scripts/build.mjs [--link]
// Writes dist/: pipeline.mjs and its chunks, fingerprints.json, sources.json (what was built from, for the launcher).
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))
const rooms = ["schemas", "pipeline", "tensor", "model", "stages"]

/** Packages with native code, or too large to be worth bundling: loaded from node_modules when they are needed. */
const unbundled = [
  "onnxruntime-node",
  "onnxruntime-common",
  "@duckdb/node-api",
  "linkedom",
  "@observablehq/plot",
  "protobufjs",
  "@tensorflow/tfjs-node-gpu"
]

const files = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? files(path) : /\.(ts|sql|wasm|json)$/.test(entry.name) ? [path] : []
  })

export const sourceFiles = () =>
  ["main.ts", "package.json", "scripts/build.mjs", ...rooms.flatMap(files)].filter((path) =>
    existsSync(join(root, path))
  ).sort()

const sha256 = (text) => createHash("sha256").update(text).digest("hex")

/** The package that an import belongs to: "@duckdb/node-api/x" → "@duckdb/node-api". */
const packageOf = (specifier) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

const versionOf = (name) => {
  const path = join(root, "node_modules", name, "package.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : "absent"
}

const isPackage = (specifier) => !specifier.startsWith(".") && !specifier.startsWith("/") && !specifier.startsWith("\0")

const fingerprint = async (source) => {
  const bundle = await rolldown({
    input: join(root, source),
    platform: "node",
    external: isPackage,
    treeshake: true,
    logLevel: "warn",
    cwd: root
  })
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false, legalComments: "none" })
  await bundle.close()
  const chunks = output.filter(({ type }) => type === "chunk")
  const imports = [...new Set(chunks.flatMap(({ dynamicImports, imports }) => [...imports, ...dynamicImports]))]
  const packages = [...new Set(imports.filter((name) => !name.startsWith("node:")).map(packageOf))].sort()
  return {
    code: sha256(chunks.map(({ code }) => code).join("\n")),
    packages: Object.fromEntries(packages.map((name) => [name, versionOf(name)]))
  }
}

/** The bodies that declarations name in their `source`. */
const stageSources = () =>
  files("stages").filter((path) => path.endsWith("/stage.ts")).sort().flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^\s*source: "([^"]+)"/gm)].map((match) => match[1])
  )

const build = async () => {
  const dist = join(root, "dist")
  const fresh = join(root, `dist.${process.pid}`)
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh)
  const sources = Object.fromEntries(
    sourceFiles().map((path) => {
      const { mtimeMs, size } = statSync(join(root, path))
      return [path, { mtimeMs, size, digest: sha256(readFileSync(join(root, path))) }]
    })
  )
  const main = await rolldown({
    input: { pipeline: join(root, "main.ts") },
    platform: "node",
    external: (specifier) => isPackage(specifier) && unbundled.includes(packageOf(specifier)),
    treeshake: true,
    logLevel: "warn",
    cwd: root
  })
  await main.write({
    dir: fresh,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    minify: false
  })
  await main.close()
  const stages = {}
  for (const source of stageSources()) stages[source] = await fingerprint(source)
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const versions = Object.fromEntries(Object.keys(dependencies).sort().map((name) => [name, versionOf(name)]))
  writeFileSync(join(fresh, "fingerprints.json"), `${JSON.stringify({ stages, versions }, null, 2)}\n`)
  writeFileSync(join(fresh, "sources.json"), `${JSON.stringify(sources)}\n`)
  const old = `${fresh}.old`
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}

/** npx and npm scripts look for commands in node_modules/.bin first. */
const link = () => {
  const folder = join(root, "node_modules", ".bin")
  mkdirSync(folder, { recursive: true })
  const target = relative(folder, join(root, "bin", "pipeline.mjs")).split(sep).join("/")
  if (process.platform === "win32") {
    writeFileSync(join(folder, "pipeline.cmd"), `@node "%~dp0\\${target.replaceAll("/", "\\")}" %*\r\n`)
  } else {
    rmSync(join(folder, "pipeline"), { force: true })
    symlinkSync(target, join(folder, "pipeline"))
  }
}

await build()
if (process.argv.includes("--link")) link()
