// What a stage's code is: its body bundled with all it imports and minified, and the packages that the bundle imports.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"

export const sha256 = (text) => createHash("sha256").update(text).digest("hex")

/** Files below a folder of the project, by path from its root. */
export const filesBelow = (root, folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(root, path) : [path]
  })

/** The package that an import belongs to: "@duckdb/node-api/x" → "@duckdb/node-api". */
export const packageOf = (specifier) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

export const versionOf = (root, name) => {
  const path = join(root, "node_modules", name, "package.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : "absent"
}

/** Whether an import is of a package, Node's own among them. */
export const isPackage = (specifier) =>
  !specifier.startsWith(".") && !specifier.startsWith("/") && !specifier.startsWith("\0")

/**
 * Fingerprint of the body in `source`: comments, formatting and local names do not count.
 * `code` is the SHA-256 of the minified bundle; `packages` holds name and version of each package it imports.
 */
export const fingerprint = async (root, source) => {
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
    packages: Object.fromEntries(packages.map((name) => [name, versionOf(root, name)]))
  }
}

/** The bodies that declarations name in their `source`. */
export const stageSources = (root) =>
  filesBelow(root, "stages").filter((path) => path.endsWith("/stage.ts")).sort().flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^\s*source: "([^"]+)"/gm)].map((match) => match[1])
  )
