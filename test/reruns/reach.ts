/**
 * Which top-level declarations of which files a stage's body reaches, by names alone: a second opinion on what a bundle holds.
 */
import { dirname, posix } from "node:path"
import { parseAst } from "rolldown/parseAst"

/** A part of a syntax tree: what it is, the code that reads it knows. */
type Part = ReturnType<typeof JSON.parse>
type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, Part>

export interface Declaration {
  readonly names: ReadonlyArray<string>
  /** Names that it mentions, but for types, properties and keys. */
  readonly mentions: ReadonlySet<string>
  readonly node: Node
}

interface Module {
  readonly declarations: ReadonlyArray<Declaration>
  /** Local name → file and name there; "*" for all of a file. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>
  /** Exported name → local name. */
  readonly exports: ReadonlyMap<string, string>
  /** Exported name → file and name there, for what is passed on. */
  readonly passed: ReadonlyMap<string, { readonly file: string; readonly name: string }>
  /** Files all of whose exports are passed on. */
  readonly stars: ReadonlyArray<string>
}

/** A number or a text written in code. */
export interface Literal {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly raw: string
  readonly value: number | string
  /** Names of the declaration that it stands in. */
  readonly within: ReadonlyArray<string>
}

const transparent = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSInstantiationExpression"
])

/** Visits the nodes of code, not those of types. */
const walk = (
  node: Node,
  visit: (node: Node, parent: Node | undefined, key: string) => void,
  parent?: Node,
  key = ""
) => {
  if (node.type.startsWith("TS") && !transparent.has(node.type)) return
  visit(node, parent, key)
  for (const [name, inner] of Object.entries(node)) {
    for (const child of Array.isArray(inner) ? inner : [inner]) {
      if (typeof child === "object" && child !== null && typeof child.type === "string") walk(child, visit, node, name)
    }
  }
}

const isMention = (parent: Node | undefined, key: string) =>
  !(parent?.type === "MemberExpression" && key === "property" && !parent["computed"]) &&
  !(parent?.type === "Property" && key === "key" && !parent["computed"] && !parent["shorthand"]) &&
  !(parent?.type === "PropertyDefinition" && key === "key")

const namesOf = (pattern: Node): ReadonlyArray<string> => {
  const names: Array<string> = []
  walk(
    pattern,
    (node, parent, key) => void (node.type === "Identifier" && isMention(parent, key) && names.push(node["name"]))
  )
  return names
}

const read = (file: string, text: string): Module => {
  const program = parseAst(text, { lang: "ts" }) as unknown as Node
  const declarations: Array<Declaration> = []
  const imports = new Map<string, { file: string; name: string }>()
  const exports = new Map<string, string>()
  const passed = new Map<string, { file: string; name: string }>()
  const stars: Array<string> = []
  const local = (specifier: string) => specifier.startsWith(".") ? posix.join(dirname(file), specifier) : undefined
  const declare = (node: Node, names: ReadonlyArray<string>) => {
    const mentions = new Set<string>()
    walk(
      node,
      (inner, parent, key) =>
        void (inner.type === "Identifier" && isMention(parent, key) && mentions.add(inner["name"]))
    )
    declarations.push({ names, mentions, node })
  }
  const add = (node: Node, exported: boolean) => {
    const all = node.type === "VariableDeclaration"
      ? (node["declarations"] as ReadonlyArray<Node>).map((one) => ({ node: one, names: namesOf(one["id"]) }))
      : [{ node, names: node["id"]?.name === undefined ? [] : [node["id"].name as string] }]
    for (const { names, node } of all) {
      declare(node, names)
      if (exported) { for (const name of names) exports.set(name, name) }
    }
  }
  for (const node of program["body"] as ReadonlyArray<Node>) {
    const source = node["source"] === null || node["source"] === undefined ? undefined : local(node["source"].value)
    if (node.type.startsWith("TS") || node["importKind"] === "type" || node["exportKind"] === "type") continue
    if (node.type === "ImportDeclaration") {
      if (source === undefined) continue
      for (const specifier of node["specifiers"] as ReadonlyArray<Node>) {
        if (specifier["importKind"] === "type") continue
        imports.set(specifier["local"].name, { file: source, name: specifier["imported"]?.name ?? "*" })
      }
    } else if (node.type === "ExportNamedDeclaration" && node["declaration"] !== null) add(node["declaration"], true)
    else if (node.type === "ExportNamedDeclaration") {
      for (const specifier of node["specifiers"] as ReadonlyArray<Node>) {
        if (source === undefined) exports.set(specifier["exported"].name, specifier["local"].name)
        else passed.set(specifier["exported"].name, { file: source, name: specifier["local"].name })
      }
    } else if (node.type === "ExportAllDeclaration") { if (source !== undefined) stars.push(source) }
    else add(node, false)
  }
  return { declarations, imports, exports, passed, stars }
}

/** Modules that are one text (scripts/text-modules.mjs): nothing in them is looked into here. */
const isText = (file: string) => /\.(sql|script)$/.test(file)
const noCode: Module = { declarations: [], imports: new Map(), exports: new Map(), passed: new Map(), stars: [] }

export interface Reach {
  readonly files: ReadonlySet<string>
  readonly reaches: (literal: Literal) => boolean
}

/** Files and declarations that the body, or the engine, in a file reaches. `text` reads a file of the project. */
export const reachOf = (source: string, text: (file: string) => string): Reach => {
  const modules = new Map<string, Module>()
  const module = (file: string): Module => {
    const known = modules.get(file)
    if (known !== undefined) return known
    const found = isText(file) ? noCode : read(file, text(file))
    modules.set(file, found)
    // Statements that declare nothing are there for what they do: a check of the machine, say.
    for (const declaration of found.declarations) if (declaration.names.length === 0) enter(file, declaration)
    return found
  }
  const reached = new Set<Declaration>()
  const gives = (file: string, name: string): boolean => {
    const { exports, passed, stars } = module(file)
    return exports.has(name) || passed.has(name) || stars.some((star) => gives(star, name))
  }
  const visit = (file: string, name: string): void => {
    const { exports, passed, stars } = module(file)
    if (name === "*") {
      for (const star of stars) visit(star, "*")
      for (const exported of exports.keys()) visit(file, exported)
      for (const to of passed.values()) visit(to.file, to.name)
      return
    }
    const to = passed.get(name)
    if (to !== undefined) return visit(to.file, to.name)
    const star = exports.has(name) ? undefined : stars.find((star) => gives(star, name))
    if (star !== undefined) return visit(star, name)
    local(file, exports.get(name) ?? name)
  }
  const local = (file: string, name: string): void => {
    const { declarations, imports } = module(file)
    const imported = imports.get(name)
    // What is behind it has fingerprints of its own.
    if (imported?.file === "tensor/engines.ts") return
    if (imported !== undefined) return visit(imported.file, imported.name)
    for (const declaration of declarations) {
      if (declaration.names.includes(name)) enter(file, declaration)
    }
  }
  const enter = (file: string, declaration: Declaration): void => {
    if (reached.has(declaration)) return
    reached.add(declaration)
    for (const mention of declaration.mentions) local(file, mention)
    walk(declaration.node, (node) => {
      if (node.type === "ImportExpression" && String(node["source"].value).startsWith(".")) {
        visit(posix.join(dirname(file), node["source"].value), "*")
      }
    })
  }
  visit(source, source.endsWith("/engine.ts") ? "*" : "body")
  return {
    files: new Set([...modules.keys()].filter((file) => !isText(file))),
    reaches: ({ file, start }) =>
      [...reached].some((declaration) =>
        module(file).declarations.includes(declaration) && declaration.node.start <= start &&
        start < declaration.node.end
      )
  }
}

/** The numbers, or the texts, written in a file's code. */
export const literalsIn = (file: string, text: string, kind: "number" | "string"): ReadonlyArray<Literal> => {
  const found: Array<Literal> = []
  for (const { names, node } of read(file, text).declarations) {
    walk(node, (inner, parent, key) => {
      const isCode = parent?.type !== "ImportExpression" && !(parent?.type === "Property" && key === "key")
      if (inner.type !== "Literal" || typeof inner["value"] !== kind || !isCode) return
      const { end, start } = inner
      found.push({ file, start, end, raw: text.slice(start, end), value: inner["value"], within: names })
    })
  }
  return found
}
