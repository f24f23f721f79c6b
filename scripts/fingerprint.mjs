// What a stage's code is: its body bundled with all it imports and minified, and the packages that the bundle imports.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { rolldown } from "rolldown"
import { textModules } from "./text-modules.mjs"

export const sha256 = (text) => createHash("sha256").update(text).digest("hex")

/** Files below a folder of the project, by path from its root. */
export const filesBelow = (root, folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(root, path) : [path]
  })

/** The package that an import belongs to: "@duckdb/node-api/x" → "@duckdb/node-api". */
export const packageOf = (specifier) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

/** Installed version of a package. */
export const versionOf = (root, name) => {
  const path = join(root, "node_modules", name, "package.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : "absent"
}

/** Where a package that `from` depends on stands in the lock file: nearest node_modules first, as Node resolves. */
const locate = (packages, from, name) => {
  for (let folder = from;; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in packages) return path
    if (folder === "") return undefined
  }
}

/** Versions of a package and of all that it depends on, by their places in the lock file; none where it stands alone. */
export const lockedClosure = (root, name) => {
  const lock = join(root, "package-lock.json")
  if (!existsSync(lock)) return {}
  const { packages } = JSON.parse(readFileSync(lock, "utf8"))
  const seen = new Set()
  const visit = (path) => {
    if (path === undefined || seen.has(path)) return
    seen.add(path)
    const { dependencies, optionalDependencies } = packages[path]
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(locate(packages, path, next))
  }
  visit(locate(packages, "", name))
  return seen.size < 2 ? {} : Object.fromEntries([...seen].sort().map((path) => [path, packages[path].version]))
}

/**
 * Version of a package and a digest of all that it depends on, by the lock file: d3 may move a plot, and onnxruntime-common
 * a number, without their dependants' versions moving. All platforms' packages are in the lock file, so it is the same on
 * every machine.
 */
export const lockedVersion = (root, name) => {
  const version = versionOf(root, name)
  const closure = Object.entries(lockedClosure(root, name))
  if (closure.length === 0) return version
  return `${version}+${sha256(closure.map(([path, version]) => `${path}@${version}`).join("\n")).slice(0, 12)}`
}

/** Whether an import is of a package, Node's own among them. */
export const isPackage = (specifier) =>
  !isAbsolute(specifier) && !specifier.startsWith(".") && !specifier.startsWith("\0")

/**
 * By way of which module a body asks for a tensor engine. What it loads is left out of the body's code: the engine in use has a
 * fingerprint of its own, and the others make no number.
 */
const engines = "tensor/engines.ts"

const enginesApart = (root) => ({
  name: "engines-apart",
  resolveId: (specifier, importer) =>
    importer !== undefined && resolve(dirname(importer), specifier) === join(root, engines)
      ? { id: "node:engines", external: true }
      : undefined
})

/** How a body or an engine is bundled: without packages, and without the engines that a body may ask for. */
export const bundling = (root, source) => ({
  input: join(root, source),
  platform: "node",
  external: isPackage,
  plugins: [enginesApart(root), textModules()],
  treeshake: true,
  logLevel: "warn",
  cwd: root
})

/** Entry of each tensor engine, by its name. */
export const engineSources = (root) =>
  Object.fromEntries(
    filesBelow(root, "tensor").sort().flatMap((path) => {
      const name = /^tensor\/([^/]+)\/engine\.ts$/.exec(path)?.[1]
      return name === undefined ? [] : [[name, path]]
    })
  )

/**
 * Fingerprint of the body, or the engine, in `source`: comments, formatting and local names do not count.
 * `code` is the SHA-256 of the minified bundle; `packages` holds name and version of each package it imports.
 */
export const fingerprint = async (root, source) => {
  const bundle = await rolldown(bundling(root, source))
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false, comments: false })
  await bundle.close()
  const chunks = output.filter(({ type }) => type === "chunk")
  const imports = [...new Set(chunks.flatMap(({ dynamicImports, imports }) => [...imports, ...dynamicImports]))]
  // A bundle may import itself, where a module of it is loaded lazily.
  const own = new Set(output.map(({ fileName }) => fileName))
  const outside = imports.filter((name) => !name.startsWith("node:") && !own.has(name))
  const packages = [...new Set(outside.map(packageOf))].sort()
  return {
    code: sha256(chunks.map(({ code }) => code).join("\n")),
    packages: Object.fromEntries(packages.map((name) => [name, lockedVersion(root, name)]))
  }
}

/** The bodies that declarations name in their `source`, and what bodies are by the method that they train or read. */
export const stageSources = (root) => {
  const files = filesBelow(root, "stages").sort()
  const declared = files.filter((path) => path.endsWith("/stage.ts")).flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^\s*source: "([^"]+)"/gm)].map((match) => match[1])
  )
  return [...declared, ...files.filter((path) => /^stages\/[^/]+\/methods\/[^/]+\.ts$/.test(path))]
}
