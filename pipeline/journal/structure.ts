/**
 * Structure: whether a value has the properties that a schema names, each of its kind. Formats (that a digest is hex, that a time
 * is a time) are not looked at, which makes this several times cheaper than parsing.
 */
import type * as z from "zod"

type Test = (value: unknown) => boolean

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const ofObject = (shape: Readonly<Record<string, z.core.$ZodType>>): Test => {
  const names = Object.keys(shape)
  const tests = names.map((name) => of(shape[name]!))
  return (value) => {
    if (!isObject(value)) return false
    for (let i = 0; i < names.length; i++) if (!tests[i]!(value[names[i]!])) return false
    return true
  }
}

/** Of several objects that a property tells apart, the one; otherwise whichever fits. */
const ofUnion = (options: ReadonlyArray<z.core.$ZodType>, discriminator: string | undefined): Test => {
  const tests = options.map(of)
  if (discriminator === undefined) return (value) => tests.some((test) => test(value))
  const byValue = new Map<unknown, Test>()
  for (const [index, option] of options.entries()) {
    for (const value of option._zod.propValues?.[discriminator] ?? []) byValue.set(value, tests[index]!)
  }
  return (value) => isObject(value) && byValue.get(value[discriminator])?.(value) === true
}

const ofRecord = (values: z.core.$ZodType): Test => {
  const test = of(values)
  return (value) => {
    if (!isObject(value)) return false
    for (const name in value) if (!test(value[name])) return false
    return true
  }
}

/** Compiles a schema to a test of structure. Where a kind of schema is not known here, the schema itself is asked. */
export const of = (schema: z.core.$ZodType): Test => {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case "string":
    case "number":
    case "boolean":
      return (value) => typeof value === def.type
    case "null":
      return (value) => value === null
    case "literal":
      return (value) => (def.values as ReadonlyArray<unknown>).includes(value)
    case "enum": {
      const values = new Set<unknown>(Object.values(def.entries))
      return (value) => values.has(value)
    }
    case "optional": {
      const test = of(def.innerType)
      return (value) => value === undefined || test(value)
    }
    case "array": {
      const test = of(def.element)
      return (value) => Array.isArray(value) && value.every(test)
    }
    case "object":
      return ofObject(def.shape)
    case "record":
      return ofRecord(def.valueType)
    case "union":
      return ofUnion(def.options, "discriminator" in def ? def.discriminator as string : undefined)
    case "intersection": {
      const [left, right] = [of(def.left), of(def.right)]
      return (value) => left(value) && right(value)
    }
    case "lazy": {
      let test: Test | undefined
      return (value) => (test ??= of(def.getter()))(value)
    }
    default:
      return (value) => (schema as z.ZodType).safeParse(value).success
  }
}
