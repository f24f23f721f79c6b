// Builds TensorFlow's Node binding against the library inside the Python package tensorflow-cpu, into .tensorflow/.
//   npm run tensorflow:build [-- --force | --can]
// For Linux x64 machines that reach npm's registry and PyPI but not the host from which @tensorflow/tfjs-node downloads its
// library. Needs python3 with pip, make and a C++ compiler; 0.5 GB to fetch, 1.1 GB of disk, a minute or two.
// --can only tells whether those are there: exit code 0 if so.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const folder = join(root, ".tensorflow")
/** A build is moved to its folder when it has been seen to work, so that there is never half of one. */
const draft = join(root, `.tensorflow-draft-${process.pid}`)
const built = "built.json"

/** Digest of what a build is made of: another makes it anew. */
const recipe = ["package-lock.json", "requirements.txt", "build.mjs"].reduce(
  (hash, name) => hash.update(readFileSync(join(here, name))),
  createHash("sha256")
).digest("hex")

class Told extends Error {}

/** Runs a command in the draft; what it prints is shown only if it fails. */
const run = (what, command, args, options = {}) => {
  console.log(what)
  const { error, status, stderr, stdout } = spawnSync(command, args, {
    cwd: draft,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    ...options
  })
  if (status === 0) return stdout
  throw new Told(
    `${what}: failed\n  ${command} ${args.join(" ")}\n${error?.message ?? `${stdout}${stderr}`.trimEnd().slice(-4000)}`
  )
}

const works = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0

/** What this machine lacks for a build. */
const lacking = () => {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return [
      `Linux on x64, for which the Python package has a library (this is ${process.platform} on ${process.arch}): ` +
      "try npm install --no-save @tensorflow/tfjs-node@4.22.0, which downloads its own"
    ]
  }
  return [
    ...(works("python3", ["-m", "pip", "--version"]) ? [] : ["python3 with pip (Debian: apt-get install python3-pip)"]),
    ...(works("make", ["--version"]) ? [] : ["make (Debian: apt-get install make)"]),
    ...(works(process.env.CXX ?? "g++", ["--version"])
      ? []
      : ["a C++ compiler (Debian: apt-get install g++, or set CXX)"])
  ]
}

/** Python that takes the library and the headers of the C interface out of a wheel. */
const unpack = `
import sys, zipfile
wanted = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
headers = tuple("tensorflow/include/" + part for part in ("tensorflow/c/", "tensorflow/core/platform/", "tsl/", "xla/tsl/"))
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name in wanted or name.startswith(headers):
            wheel.extract(name, sys.argv[2])
`

/** Loads what was built and multiplies two matrices by it. */
const trial = `
require("node:util").isNullOrUndefined ??= (value) => value === null || value === undefined
const tf = require("@tensorflow/tfjs-node")
const [product] = tf.matMul([[2, 3]], [[5], [7]]).dataSync()
if (product !== 31) throw new Error("2·5 + 3·7 = " + product)
console.log(tf.backend().binding.TF_Version)
`

/** Source maps and bundles for browsers are most of tfjs. */
const slim = (path) => {
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(".map")) rmSync(join(entry.parentPath ?? entry.path, entry.name))
  }
}

const build = () => {
  const missing = lacking()
  if (missing.length > 0) throw new Told(`cannot build TensorFlow's binding here; it needs\n  ${missing.join("\n  ")}`)
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(here, name), join(draft, name))

  const npm = process.env.npm_execpath
  const quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
  run(
    "1/5 the binding's source and node-gyp, from npm",
    ...(npm?.endsWith(".js") ? [process.execPath, [npm, ...quiet]] : ["npm", quiet])
  )
  slim(join(draft, "node_modules"))

  run("2/5 TensorFlow's library, from PyPI (230 MB)", "python3", [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    // The library is the same for every Python; this one has a wheel, whichever python3 is here.
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--platform=manylinux2014_x86_64",
    "--require-hashes",
    "--dest=wheel",
    "--requirement",
    join(here, "requirements.txt")
  ])

  const [wheel] = readdirSync(join(draft, "wheel"))
  run("3/5 unpacking", "python3", ["-c", unpack, join("wheel", wheel), "unpacked"])
  const binding = join(draft, "node_modules/@tensorflow/tfjs-node")
  const library = join(binding, "deps/lib")
  mkdirSync(library, { recursive: true })
  renameSync(join(draft, "unpacked/tensorflow/include"), join(binding, "deps/include"))
  for (const [name, link] of [["cc", "libtensorflow.so"], ["framework", "libtensorflow_framework.so"]]) {
    const file = `libtensorflow_${name}.so.2`
    renameSync(join(draft, "unpacked/tensorflow", file), join(library, file))
    symlinkSync(file, join(library, link))
  }

  // Node's headers stand beside Node where it was installed whole; otherwise node-gyp downloads them.
  const node = dirname(dirname(realpathSync(process.execPath)))
  const napi = 8
  run("4/5 compiling", process.execPath, [
    join(draft, "node_modules/node-gyp/bin/node-gyp.js"),
    "rebuild",
    ...(existsSync(join(node, "include/node/node_api.h")) ? [`--nodedir=${node}`] : []),
    "--module_name=tfjs_binding",
    `--module_path=${join(binding, `lib/napi-v${napi}`)}`,
    `--napi_build_version=${napi}`
  ], { cwd: binding, env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) } })
  for (const path of ["wheel", "unpacked"]) rmSync(join(draft, path), { recursive: true })
  for (const path of ["build", "deps/include"]) rmSync(join(binding, path), { recursive: true })

  const version = run("5/5 trying it", process.execPath, ["-e", trial], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" }
  }).trim()
  writeFileSync(join(draft, built), JSON.stringify({ recipe }))
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
  console.log(`TensorFlow ${version} is in .tensorflow/: pipeline run --engine tensorflow`)
}

const upToDate = () => {
  const file = join(folder, built)
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).recipe === recipe
}

try {
  if (process.argv.includes("--can")) {
    const missing = lacking()
    for (const what of missing) console.log(`missing: ${what}`)
    process.exitCode = missing.length === 0 ? 0 : 1
  } else if (upToDate() && !process.argv.includes("--force")) console.log(".tensorflow/ is up to date")
  else build()
} catch (error) {
  if (!(error instanceof Told)) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(draft, { recursive: true, force: true })
}
