// Bundles the command line, fingerprints every stage's body, and links `pipeline` where npx looks for it.
//   node scripts/build.mjs [--link]
// Writes dist/<digest of the sources>/: pipeline.mjs and its chunks, fingerprints.json, and in code/ what each fingerprint
// consists of; and dist/current.json, which names the folder and the source files it was built from. A run goes on with the build it started with while a newer one is made.
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
import { definitions, madeBy } from "./definitions.mjs"
import {
  engineSources,
  filesBelow,
  fingerprint,
  isPackage,
  lockedClosure,
  packageOf,
  sha256,
  stageSources
} from "./fingerprint.mjs"
import { compileStale } from "./kernels.mjs"
import { textModules } from "./text-modules.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const rooms = ["schemas", "pipeline", "tensor", "model", "stages"]

/** Packages with native code, or too large to be worth bundling: loaded from node_modules when they are needed. */
const unbundled = [
  "onnxruntime-node",
  "onnxruntime-common",
  "@duckdb/node-api",
  "linkedom",
  "@observablehq/plot",
  "@resvg/resvg-wasm",
  "@expo-google-fonts/inter",
  "protobufjs",
  "@aws-sdk/client-s3",
  "@tensorflow/tfjs-node-gpu"
]

const scripts = ["build", "definitions", "fingerprint", "kernels", "text-modules"].map((name) => `scripts/${name}.mjs`)

const sourceFiles = () =>
  ["main.ts", "package.json", "package-lock.json", ...scripts]
    .concat(rooms.flatMap((room) => filesBelow(root, room)).filter((path) => /\.(ts|sql)$/.test(path))).sort()

/** Days after which a build, or a draft of one, that nobody started from is removed. A run may be using an older one. */
const kept = { build: 14, draft: 1 }

/** Size, time and digest of every source file. */
const readSources = () =>
  Object.fromEntries(
    sourceFiles().map((path) => {
      const { mtimeMs, size } = statSync(join(root, path))
      return [path, { mtimeMs, size, digest: sha256(readFileSync(join(root, path))) }]
    })
  )

const digestOf = (sources) =>
  sha256(JSON.stringify(Object.entries(sources).map(([path, { digest }]) => [path, digest]))).slice(0, 16)

/** Bundles and fingerprints what is there now into a folder. */
const bundle = async (draft) => {
  rmSync(draft, { recursive: true, force: true })
  const main = await rolldown({
    input: { pipeline: join(root, "main.ts") },
    platform: "node",
    external: (specifier) => isPackage(specifier) && unbundled.includes(packageOf(specifier)),
    plugins: [textModules()],
    treeshake: true,
    logLevel: "warn",
    cwd: root
  })
  await main.write({
    dir: draft,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    minify: { mangle: false, compress: true, codegen: { removeWhitespace: true } }
  })
  await main.close()
  mkdirSync(join(draft, "code"))
  /** Fingerprint of a source; what it consists of goes to a file of its own. */
  const told = async (source) => {
    const made = await fingerprint(root, source)
    const parts = { by: madeBy(root), definitions: await definitions(root, source) }
    writeFileSync(join(draft, "code", `${made.code}.json`), `${JSON.stringify(parts)}\n`)
    for (const [name, version] of Object.entries(made.packages)) {
      const [, closure] = version.split("+")
      if (closure === undefined) continue
      writeFileSync(join(draft, "code", `${closure}.json`), `${JSON.stringify(lockedClosure(root, name))}\n`)
    }
    return made
  }
  const stages = {}
  for (const source of stageSources(root)) stages[source] = await told(source)
  const engines = {}
  for (const [name, source] of Object.entries(engineSources(root))) engines[name] = await told(source)
  writeFileSync(join(draft, "fingerprints.json"), `${JSON.stringify({ stages, engines }, null, 2)}\n`)
}

const build = async () => {
  const dist = join(root, "dist")
  mkdirSync(dist, { recursive: true })
  for (let attempt = 0; attempt < 5; attempt++) {
    await compileStale(root)
    const sources = readSources()
    const digest = digestOf(sources)
    const folder = join(dist, digest)
    if (!existsSync(folder)) {
      const draft = join(dist, `draft-${process.pid}`)
      await bundle(draft)
      // A file saved meanwhile may be old in the bundle and new in a fingerprint: old code would run under a new key.
      if (digestOf(readSources()) !== digest) continue
      try {
        renameSync(draft, folder)
      } catch (error) {
        // Another process has built the same sources meanwhile.
        if (!existsSync(folder)) throw error
        rmSync(draft, { recursive: true, force: true })
      }
    }
    const current = join(dist, `current-${process.pid}.json`)
    writeFileSync(current, `${JSON.stringify({ folder: digest, sources })}\n`)
    renameSync(current, join(dist, "current.json"))
    utimesSync(folder, new Date(), new Date())
    return prune(dist)
  }
  throw new Error("source files keep changing while they are built: try again when they are saved")
}

/** Removes builds that are long unused. */
const prune = (dist) => {
  for (const entry of readdirSync(dist, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === "compiled") continue
    const path = join(dist, entry.name)
    const days = entry.name.startsWith("draft-") ? kept.draft : kept.build
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (modified !== undefined && Date.now() - modified > days * 86_400_000) {
      rmSync(path, { recursive: true, force: true })
    }
  }
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
