// Bundles the command line, fingerprints every stage's body, and links `pipeline` where npx looks for it.
//   node scripts/build.mjs [--link]
// Writes dist/<digest of the sources>/: pipeline.mjs and its chunks, fingerprints.json; and dist/current.json, which names the
// folder and the source files it was built from. A run goes on with the build it started with while a newer one is made.
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
  utimesSync,
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
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false, comments: false })
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

/** Builds that are kept: a run may still be using an older one. */
const kept = 5

const build = async () => {
  const dist = join(root, "dist")
  mkdirSync(dist, { recursive: true })
  const sources = Object.fromEntries(sourceFiles().map((path) => {
    const { mtimeMs, size } = statSync(join(root, path))
    return [path, { mtimeMs, size, digest: sha256(readFileSync(join(root, path))) }]
  }))
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const versions = Object.fromEntries(Object.keys(dependencies).sort().map((name) => [name, versionOf(name)]))
  const digest = sha256(JSON.stringify([versions, Object.entries(sources).map(([path, { digest }]) => [path, digest])])).slice(0, 16)
  const folder = join(dist, digest)
  if (!existsSync(folder)) {
    const draft = join(dist, `draft-${process.pid}`)
    rmSync(draft, { recursive: true, force: true })
    const main = await rolldown({
      input: { pipeline: join(root, "main.ts") },
      platform: "node",
      external: (specifier) => isPackage(specifier) && unbundled.includes(packageOf(specifier)),
      treeshake: true,
      logLevel: "warn",
      cwd: root
    })
    await main.write({ dir: draft, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs", minify: false })
    await main.close()
    const stages = {}
    for (const source of stageSources()) stages[source] = await fingerprint(source)
    writeFileSync(join(draft, "fingerprints.json"), `${JSON.stringify({ stages, versions }, null, 2)}\n`)
    renameSync(draft, folder)
  }
  writeFileSync(join(dist, `current-${process.pid}.json`), `${JSON.stringify({ folder: digest, sources })}\n`)
  renameSync(join(dist, `current-${process.pid}.json`), join(dist, "current.json"))
  utimesSync(folder, new Date(), new Date())
  readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => join(dist, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs).slice(kept)
    .forEach((old) => rmSync(old, { recursive: true, force: true }))
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
