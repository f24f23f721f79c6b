// What a stage's code consists of: the top-level definitions of each module that its bundle holds, each with a digest of its
// minified text. Not in any key: it is what `why` compares where the code of a stage has changed.
import { readFileSync } from "node:fs"
import { isAbsolute, relative, sep } from "node:path"
import { rolldown } from "rolldown"
import { minifySync, parseSync, transformSync } from "rolldown/utils"
import { bundling, sha256, versionOf } from "./fingerprint.mjs"
import { isText, textModules } from "./text-modules.mjs"

/** What makes the digests: they compare only with those of the same. The number changes when this file changes what they are of. */
export const madeBy = (root) => `definitions 1, rolldown ${versionOf(root, "rolldown")}`

/** Names that a pattern binds: of `{ a, b: [c] }` a and c. */
const boundBy = (pattern) => {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name]
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => boundBy(property.argument ?? property.value))
    case "ArrayPattern":
      return pattern.elements.flatMap(boundBy)
    case "AssignmentPattern":
      return boundBy(pattern.left)
    case "RestElement":
      return boundBy(pattern.argument)
    default:
      return []
  }
}

/** Top-level definitions of JavaScript, as names and text; statements that define nothing have no name. */
const split = (code) => {
  const text = (node) => code.slice(node.start, node.end)
  return parseSync("module.js", code).program.body.flatMap((statement) => {
    const node = statement.declaration ?? statement
    if (statement.type === "ExportDefaultDeclaration") {
      return [{ names: [node.id?.name ?? "default"], text: `const ${node.id?.name ?? "_"} = ${text(node)}` }]
    }
    if (/^(Import|Export\w*)Declaration$/.test(node.type)) return []
    if (node.type === "VariableDeclaration") {
      return node.declarations.map((one) => ({ names: boundBy(one.id), text: `${node.kind} ${text(one)}` }))
    }
    return [{ names: boundBy(node.id), text: text(node) }]
  })
}

/** The text of a definition by itself: without comments and formatting, and with local names made short. */
const minified = ({ names, text }) =>
  minifySync("definition.js", names.length === 0 ? text : `${text}\nexport { ${names.join(", ")} }`, {
    module: true,
    compress: true,
    mangle: { toplevel: false },
    codegen: { removeWhitespace: true }
  }).code

/** Where two modules define one name, the bundler numbers one of them: a$1. */
const unnumbered = (name) => name.replace(/\$\d+$/, "")

const mentions = ({ text }, name) => new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(text)

/**
 * Definitions of a source file that a bundle holds, given the names that it has of it. The bundler puts some definitions in where
 * they are used, so that their names are gone: those are found by what mentions them.
 */
const heldBy = (file, names) => {
  const { code } = transformSync(file, readFileSync(file, "utf8"), { lang: "ts", sourcemap: false })
  const all = split(code).map((part) => ({ names: part.names, text: minified(part) }))
  const held = new Set(all.filter((part) => part.names.length === 0 || part.names.some((name) => names.has(name))))
  for (const part of held) {
    for (const other of all) if (other.names.some((name) => mentions(part, name))) held.add(other)
  }
  return all.filter((part) => held.has(part) && part.text !== "")
}

/**
 * Definitions of the body in `source`: { "stages/spectra/statistics.ts": { statistics: "0123456789abcdef" } }. Statements of a
 * module that define nothing are under the empty name, and so is a module that is one text.
 */
export const definitions = async (root, source) => {
  const texts = new Map()
  const { plugins, ...rest } = bundling(root, source)
  const bundle = await rolldown({
    ...rest,
    plugins: [textModules((id, text) => texts.set(id, text)), ...plugins],
    // A constant that were put in where another module uses it would leave no trace here.
    optimization: { inlineConst: false }
  })
  const { output } = await bundle.generate({ format: "esm", minify: "dce-only", comments: false })
  await bundle.close()
  const chunks = output.filter(({ type }) => type === "chunk")
  // Modules are given as they were before unused definitions were left out of the whole.
  const used = new Set(chunks.flatMap(({ code }) => split(code).flatMap(({ names }) => names)))
  const named = (id) => relative(root, id).split(sep).join("/")
  const found = {}
  for (const [id, { code }] of chunks.flatMap((chunk) => Object.entries(chunk.modules))) {
    if (!isAbsolute(id) || !code || isText(id)) continue
    const names = split(code).flatMap(({ names }) => names).filter((name) => used.has(name)).map(unnumbered)
    const parts = new Map()
    for (const part of heldBy(id, new Set(names))) {
      const name = part.names.join(", ")
      parts.set(name, `${parts.get(name) ?? ""}${part.text}\n`)
    }
    const digests = [...parts].sort(([a], [b]) => a < b ? -1 : 1).map((
      [name, text]
    ) => [name, sha256(text).slice(0, 16)])
    if (digests.length > 0) found[named(id)] = Object.fromEntries(digests)
  }
  for (const [id, text] of texts) found[named(id)] = { "": sha256(text).slice(0, 16) }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1))
}
