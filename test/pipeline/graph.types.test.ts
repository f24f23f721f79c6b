/** A mis-wired graph does not compile: `tsc` checks the expected errors below, and nothing here is run. */
import { describe, expect, it } from "vitest"
import * as z from "zod"
import * as Graph from "../../pipeline/graph.ts"
import * as Stage from "../../pipeline/stage.ts"
import { operational, plain } from "../../schemas/operational.ts"
import { float64, int32, table, text } from "../../schemas/table.ts"

const Numbers = table("numbers", "one number", { value: float64("a number") })
const Letters = table("letters", "one letter", { letter: text("a letter") })

const source = Stage.make({
  name: "source",
  about: "Makes numbers and letters",
  config: z.strictObject({ size: z.int(), kind: z.enum(["odd", "even"]).default("odd") }),
  inputs: {},
  outputs: { numbers: Numbers, letters: Letters },
  source: "source.ts",
  load: () => Promise.resolve({ body: async () => {} })
})

const sink = Stage.make({
  name: "sink",
  about: "Takes one table of numbers and many of letters",
  config: z.strictObject({ colour: z.string().default("red") }),
  inputs: { numbers: Numbers, letters: Stage.many(Letters) },
  outputs: { numbers: Numbers },
  source: "sink.ts",
  load: () => Promise.resolve({ body: async () => {} })
})

/** As a study holds semantic and operational settings side by side. */
const study = z.strictObject({ path: operational(z.string()), colour: z.string() })

/** Never called. */
export const declaring = () => {
  const rest = {
    name: "mixed",
    about: "Makes numbers and letters",
    config: z.strictObject({}),
    inputs: {},
    outputs: { numbers: Numbers, letters: Letters },
    source: "mixed.ts",
    load: () => Promise.resolve({ body: async () => {} })
  }
  Stage.make({ ...rest, determinism: { class: "bit-exact" } })
  Stage.make({ ...rest, determinism: { class: "seeded", seeds: ["seed"] } })
  Stage.make({ ...rest, determinism: { class: "tolerance", columns: { numbers: { value: { relative: 1e-6 } } } } })

  // @ts-expect-error an output the stage does not give
  Stage.make({ ...rest, determinism: { class: "tolerance", columns: { words: { value: { relative: 1e-6 } } } } })
  // @ts-expect-error a column the table does not have
  Stage.make({ ...rest, determinism: { class: "tolerance", columns: { numbers: { size: { relative: 1e-6 } } } } })
  // @ts-expect-error a column that holds no numbers
  Stage.make({ ...rest, determinism: { class: "tolerance", columns: { letters: { letter: { relative: 1e-6 } } } } })
  // @ts-expect-error seeds that are not named
  Stage.make({ ...rest, determinism: { class: "seeded" } })

  Stage.make({ ...rest, config: z.strictObject({ colour: z.string() }) })
  // @ts-expect-error an operational setting among those of a stage
  Stage.make({ ...rest, config: study })
  // @ts-expect-error one deep within
  Stage.make({ ...rest, config: z.strictObject({ corpora: z.array(z.strictObject({ at: study.optional() })) }) })
}

/** Never called. */
export const wiring = () => {
  const graph = Graph.builder()
  const given = graph.add(source, { config: { size: 3 }, inputs: {} })
  const letters = [{ labels: { of: "source" }, ref: given.letters }]

  graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters } })

  // @ts-expect-error a table of another kind
  graph.add(sink, { config: {}, inputs: { numbers: given.letters, letters } })
  // @ts-expect-error a table of another kind among many
  graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters: [{ labels: {}, ref: given.numbers }] } })
  // @ts-expect-error an input is missing
  graph.add(sink, { config: {}, inputs: { numbers: given.numbers } })
  // @ts-expect-error an input the stage does not take
  graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters, words: given.letters } })
  // @ts-expect-error one where many are taken
  graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters: given.letters } })
  // @ts-expect-error many where one is taken
  graph.add(sink, { config: {}, inputs: { numbers: [{ labels: {}, ref: given.numbers }], letters } })
  // @ts-expect-error many without labels
  graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters: [given.letters] } })
  // @ts-expect-error an output the stage does not give
  graph.add(sink, { config: {}, inputs: { numbers: given.words, letters } })

  // @ts-expect-error a setting is missing
  graph.add(source, { config: {}, inputs: {} })
  // @ts-expect-error an unknown setting
  graph.add(source, { config: { size: 3, colour: "red" }, inputs: {} })
  // @ts-expect-error a setting of another type
  graph.add(source, { config: { size: "3" }, inputs: {} })
  // @ts-expect-error a setting outside its choices
  graph.add(source, { config: { size: 3, kind: "prime" }, inputs: {} })

  const place = study.parse({ path: "texts", colour: "red" })
  graph.add(sink, { config: { colour: place.colour }, inputs: { numbers: given.numbers, letters } })
  graph.add(source, { config: { size: 3 }, inputs: {}, files: { texts: [{ name: "a", path: plain(place.path) }] } })
  // @ts-expect-error an operational setting for one of a stage, though both are text
  graph.add(sink, { config: { colour: place.path }, inputs: { numbers: given.numbers, letters } })
}

/** Never called. */
export const body = async (io: Stage.Body<typeof sink>) => {
  const { value } = await io.read.numbers()
  const [first] = await io.read.letters()
  const kept: { readonly values: Float64Array; readonly letters: ReadonlyArray<string> | undefined } = {
    values: value,
    letters: first?.value.letter
  }
  await io.write.numbers({ value: kept.values })

  // @ts-expect-error a column of another type
  await io.write.numbers({ value: Int32Array.of(1) })
  // @ts-expect-error a column is missing
  await io.write.numbers({})
  // @ts-expect-error a column the table does not have
  await io.write.numbers({ value, letter: [] })
  // @ts-expect-error an output the stage does not give
  await io.write.letters({ letter: [] })
  // @ts-expect-error an input the stage does not take
  await io.read.words()
  // @ts-expect-error a setting the stage does not have
  return io.config.size
}

/** Never called. */
export const source2 = async (io: Stage.Body<typeof source>) => {
  const { kind, size }: { readonly kind: "odd" | "even"; readonly size: number } = io.config
  // @ts-expect-error settings that must not matter are not settings
  const { threads } = io.config
  return { kind, size, threads }
}

export const Other = table("other", "one whole number", { value: int32("a whole number") })

describe("a mis-wired graph", () => {
  it("is refused where types were got round", () => {
    const graph = Graph.builder()
    const given = graph.add(source, { config: { size: 3 }, inputs: {} })
    expect(() => graph.add(source, { config: { size: 3 }, inputs: {} })).toThrow("two instances are called source")
    expect(() => graph.add(sink, { config: {}, inputs: { numbers: given.numbers } as never })).toThrow(
      "lacks its input letters"
    )
    expect(() => graph.add(sink, { config: {}, inputs: { numbers: given.numbers, letters: given.letters } as never }))
      .toThrow("sink takes another number of letters")
    const elsewhere = { ...given.numbers, instance: "elsewhere" }
    expect(() => graph.add(sink, { config: {}, inputs: { numbers: elsewhere, letters: [] } })).toThrow(
      "elsewhere, which is not in the graph"
    )
  })

  it("takes its settings with their defaults", () => {
    const graph = Graph.builder()
    graph.add(source, { config: { size: 3 }, inputs: {} })
    expect(graph.build().byId.get("source")!.config).toEqual({ size: 3, kind: "odd" })
  })
})
