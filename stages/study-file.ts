/** Reads a study file, or says everything that is wrong with it: where, what was expected and what is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { LineCounter, parseDocument } from "yaml"
import * as z from "zod"
import { closest } from "../pipeline/closest.ts"
import { plain } from "../schemas/operational.ts"
import { mistakesAcross, mistakesAsWritten } from "../schemas/study-mistakes.ts"
import { Study, StudySettings } from "../schemas/study.ts"
import { budgetMistakes } from "./budget.ts"
import { textMistakes } from "./study-text.ts"
import { lineFinder } from "./yaml-lines.ts"

/** One thing that is wrong with a study file. */
export interface StudyMistake {
  /** The setting, e.g. arms.relora.rank; empty for the file as a whole. */
  readonly path: string
  readonly line: number | undefined
  readonly message: string
}

/** Every mistake of a study file, in the file's order. */
export class InvalidStudy extends Error {
  override readonly name = "InvalidStudy"
  readonly mistakes: ReadonlyArray<StudyMistake>

  constructor(file: string, mistakes: ReadonlyArray<StudyMistake>) {
    const place = (line: number | undefined) => line === undefined ? file : `${file}:${line}`
    super(
      mistakes.map(({ line, message, path }) => [place(line), ...(path === "" ? [] : [path]), message].join(": ")).join(
        "\n"
      )
    )
    this.mistakes = mistakes
  }
}

export interface StudyFile {
  /** As given to `readStudy`. */
  readonly path: string
  readonly study: Study
  /** Line (from 1) on which a setting such as `arms.relora.rank`, or its nearest parent in the file, is written. */
  readonly lines: (setting: string) => number | undefined
}

type Path = ReadonlyArray<PropertyKey>
/** The part of a JSON schema that names what a mapping may hold. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly const?: unknown
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner: unknown, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value)

/** A value as a reader would write it, cut to a length that leaves the message legible. */
const shown = (value: unknown): string => {
  const written = JSON.stringify(value) ?? "nothing"
  return value === null ? "nothing" : written.length > 60 ? `${written.slice(0, 57)}...` : written
}

/** Names that settings at a path may have, by the branch of a choice that the file took. */
const allowedAt = (schema: JsonSchema, value: unknown, path: Path): ReadonlyArray<string> => {
  const branches = schema.oneOf ?? schema.anyOf
  if (branches !== undefined) {
    const chosen = branches.filter(({ properties = {} }) =>
      Object.entries(properties).every(([name, { const: tag }]) => tag === undefined || at(value, [name]) === tag)
    )
    return [...new Set(chosen.flatMap((branch) => allowedAt(branch, value, path)))]
  }
  const [key, ...rest] = path
  if (key === undefined) return Object.keys(schema.properties ?? {})
  const { additionalProperties: others, items, properties } = schema
  const inner = typeof key === "number"
    ? items
    : properties?.[String(key)] ?? (typeof others === "object" ? others : undefined)
  return inner === undefined ? [] : allowedAt(inner, at(value, [key]), rest)
}

/** What was expected, for the mistakes whose schema does not say it in its own words. */
const expected: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") {
    const isSettings = issue.expected === "object" || issue.expected === "record"
    return isSettings ? "expected settings (name: value)" : `expected ${issue.expected}`
  }
  if (issue.code === "invalid_value") return `expected ${oneOf(issue.values)}`
  return undefined
}

const oneOf = (values: ReadonlyArray<unknown>): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`

interface Found {
  readonly path: Path
  readonly message: string
}

/** An issue as what a person should read; a choice between forms counts as the form that the value comes closest to. */
const found = (issue: z.core.$ZodIssue, study: unknown): ReadonlyArray<Found> => {
  const { path } = issue
  switch (issue.code) {
    case "unrecognized_keys": {
      const allowed = allowedAt(z.toJSONSchema(StudySettings, { io: "input" }) as JsonSchema, study, path)
      return issue.keys.map((key) => {
        const meant = closest(key, allowed)
        const suggestion = meant === undefined ? `expected one of ${allowed.join(", ")}` : `did you mean ${meant}?`
        return { path: [...path, key], message: `unknown setting; ${suggestion}` }
      })
    }
    case "invalid_union": {
      if (issue.discriminator !== undefined) {
        const tag = path.at(-1) === issue.discriminator ? path : [...path, issue.discriminator]
        const options = "options" in issue ? issue.options ?? [] : []
        return [describe({ path: tag, message: `expected ${oneOf(options)}` }, study)]
      }
      // A form is out of the question when the value as a whole has another type.
      const forms = issue.errors.filter((errors) => !errors.some((error) => error.path.length === 0 && isOfType(error)))
      const [form] = forms
      if (forms.length !== 1 || form === undefined) return [describe({ path, message: issue.message }, study)]
      return form.flatMap((inner) => found({ ...inner, path: [...path, ...inner.path] }, study))
    }
    default:
      return [describe({ path, message: issue.message }, study)]
  }
}

const isOfType = (issue: z.core.$ZodIssue): boolean => issue.code === "invalid_type"

/** Adds what is there instead. */
const describe = ({ message, path }: Found, study: unknown): Found => {
  if (!message.startsWith("expected")) return { path, message }
  const value = at(study, path)
  if (value === undefined) return { path, message: `is missing: ${message}` }
  return { path, message: `${message}, got ${shown(value)}` }
}

/** Mistakes of settings that parsed as YAML. */
const mistakesOf = (settings: unknown): ReadonlyArray<Found> => {
  const issues = StudySettings.safeParse(settings, { error: expected }).error?.issues ?? []
  return [
    ...issues.flatMap((issue) => found(issue, settings)),
    ...[...mistakesAcross(settings), ...mistakesAsWritten(settings)].map((mistake) => describe(mistake, settings))
  ]
}

/** Token ids beyond the rows of the embedding, where the tokenizer's file is there to be looked at. */
const vocabularyMistakes = ({ tokenizer }: Study, folder: string): ReadonlyArray<Found> => {
  if (tokenizer.kind !== "file") return []
  const file = resolve(folder, plain(tokenizer.path))
  if (!existsSync(file)) return []
  try {
    const ids = idsOf(JSON.parse(readFileSync(file, "utf8")))
    return ids <= tokenizer.vocabulary ? [] : [{
      path: ["tokenizer", "vocabulary"],
      message: `expected at least the ${ids} ids of ${plain(tokenizer.path)}, got ${tokenizer.vocabulary}`
    }]
  } catch (cause) {
    return [{
      path: ["tokenizer", "path"],
      message: `${plain(tokenizer.path)} is no tokenizer.json: ${(cause as Error).message}`
    }]
  }
}

/** Number of ids of a Hugging Face tokenizer.json: one more than the largest. */
const idsOf = (tokenizer: {
  readonly model: { readonly vocab: Readonly<Record<string, number>> }
  readonly added_tokens?: ReadonlyArray<{ readonly id: number }>
}): number => {
  const ids = [...Object.values(tokenizer.model.vocab), ...(tokenizer.added_tokens ?? []).map(({ id }) => id)]
  return ids.reduce((most, id) => Math.max(most, id + 1), 0)
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") {
      throw new InvalidStudy(path, [{
        path: "",
        line: undefined,
        message: `cannot be read: ${(cause as Error).message}`
      }])
    }
    throw new InvalidStudy(path, [{ path: "", line: undefined, message: absent(path) }])
  }
}

/** What to say of a study file that is not there: which are. */
const absent = (path: string): string => {
  const folder = dirname(path)
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)).sort()
  } catch {
    return `no such file, and no folder ${folder}`
  }
  const meant = closest(basename(path), names)
  const question = meant === undefined ? "" : `; did you mean ${join(folder, meant)}?`
  return names.length === 0
    ? `no such file, and no study in ${folder}`
    : `no such file${question} Studies there: ${names.join(", ")}`
}

/**
 * Reads a study.
 *
 * @throws {InvalidStudy} with every mistake at once, when the file is absent, not YAML, or not a study
 */
export const readStudy = (path: string): StudyFile => {
  const source = read(path)
  const counter = new LineCounter()
  const document = parseDocument(source, { lineCounter: counter, merge: true, prettyErrors: false })
  const lines = lineFinder(document, counter)
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    throw new InvalidStudy(
      path,
      faults.map(({ message, pos: [offset] }) => ({
        path: "",
        line: counter.linePos(offset).line,
        message: `not YAML: ${message}`
      }))
    )
  }
  const refuse = (found: ReadonlyArray<Found>) => {
    if (found.length === 0) return
    const mistakes = found.map((mistake) => {
      const keys = mistake.path.map((key) => typeof key === "number" ? key : String(key))
      return { path: keys.join("."), line: lines(keys), message: mistake.message }
    })
    throw new InvalidStudy(path, mistakes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)))
  }
  const settings: unknown = document.toJS()
  refuse(mistakesOf(settings))
  const study = Study.parse(settings)
  refuse(budgetMistakes(study))
  refuse([...vocabularyMistakes(study, dirname(path)), ...textMistakes(study, dirname(path))])
  return { path, study, lines }
}
