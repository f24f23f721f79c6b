/** Tests and intervals of minimal-pair accuracies, as tables of the database. */
import { stream } from "../../tensor/random.ts"
import { benjaminiHochberg } from "../statistics/benjamini-hochberg.ts"
import { binomialTest } from "../statistics/binomial.ts"
import { percentileInterval, resampledMeans } from "../statistics/bootstrap.ts"
import { meanInterval } from "../statistics/interval.ts"
import { proportionsTest } from "../statistics/proportions.ts"
import arms from "./comparisons/arms.sql"
import byCheckpoint from "./comparisons/chance.sql"
import pairsOfArms from "./comparisons/pairs.sql"
import seedsOfArms from "./comparisons/seeds.sql"
import type { Config } from "./config.ts"
import { createTable, type Database, type Row } from "./database.ts"
import * as published from "./published.ts"
import { read, type RowOf } from "./query.ts"

/** Draws of the bootstrap: ends of an interval of so many vary by about a sixteenth of a deviation. */
const resamples = 2000

/** A p-value as it is printed: three digits, also where it is too small for a number. */
export const printedP = (logP: number): string | null => {
  if (Number.isNaN(logP)) return null
  if (logP > Math.log(1e-3)) return String(Number(Math.exp(logP).toPrecision(3)))
  let exponent = Math.floor(logP / Math.LN10)
  let mantissa = Math.exp(logP - exponent * Math.LN10).toFixed(2)
  if (mantissa === "10.00") [mantissa, exponent] = ["1.00", exponent + 1]
  return `${mantissa}e${exponent}`
}

const comparison = { suite: "text", size: "text", arm: "text", against: "text" } as const
type Comparison = RowOf<typeof comparison>
const comparisonsOf = (database: Database) =>
  read(database, { name: "the comparisons", sql: arms, columns: comparison })

/** What a pair's two models differ by: 1 where only the arm is right, −1 where only its baseline is; a mean over seeds. */
const difference = { phenomenon: "text", paradigm: "text", arm: "number", baseline: "number" } as const
type Difference = RowOf<typeof difference>
const differencesOf = (database: Database, compared: Comparison) =>
  read(database, { name: "the compared pairs", sql: pairsOfArms, columns: difference }, compared)

/** Difference of overall accuracy, seed by seed, in points. */
const bySeed = (database: Database, compared: Comparison) =>
  read(database, { name: "the compared seeds", sql: seedsOfArms, columns: { difference: "number" } }, compared)

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Values by a key, in the order in which keys come first. */
const grouped = <A>(rows: ReadonlyArray<A>, key: (row: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group === undefined) groups.set(key(row), [row])
    else group.push(row)
  }
  return groups
}

/** Sign test over pairs: whether those where the arm does better are as many as those where it does worse. */
const signTest = (pairs: ReadonlyArray<Difference>) => {
  const better = pairs.filter(({ arm, baseline }) => arm > baseline).length
  const worse = pairs.filter(({ arm, baseline }) => arm < baseline).length
  return { better, worse, logP: binomialTest(better, better + worse).logP }
}

const points = ({ high, low }: { readonly low: number; readonly high: number }) => ({
  low: 100 * low,
  high: 100 * high
})

/** One arm against its baseline on one suite: overall, then by phenomenon. */
const compared = async (database: Database, comparison: Comparison) => {
  const pairs = await differencesOf(database, comparison)
  const paradigms = [...grouped(pairs, ({ paradigm, phenomenon }) => JSON.stringify([phenomenon, paradigm])).values()]
  const numbers = stream(0, "bootstrap", comparison.suite, comparison.size, comparison.arm)
  const draws = resampledMeans(
    paradigms.map((of) => Float64Array.from(of, ({ arm, baseline }) => arm - baseline)),
    resamples,
    numbers
  )
  /** Of some paradigms; accuracies are means over paradigms. */
  const measure = (chosen: ReadonlyArray<number>) => {
    const accuracy = (whose: "arm" | "baseline") =>
      100 * mean(chosen.map((at) => mean(paradigms[at]!.map((pair) => pair[whose]))))
    const [percent, baseline] = [accuracy("arm"), accuracy("baseline")]
    const among = chosen.flatMap((at) => paradigms[at]!)
    return {
      ...comparison,
      pairs: among.length,
      percent,
      baseline_percent: baseline,
      difference: percent - baseline,
      ...points(percentileInterval(chosen.map((at) => draws[at]!))),
      ...signTest(among)
    }
  }
  const all = measure([...paradigms.keys()])
  const proportion = (percent: number) => ({ successes: percent / 100 * all.pairs, trials: all.pairs })
  const z = proportionsTest(proportion(all.baseline_percent), proportion(all.percent))
  const seeds = (await bySeed(database, comparison)).map(({ difference }) => difference)
  const overSeeds = meanInterval(seeds)
  const phenomena = grouped([...paradigms.keys()], (at) => paradigms[at]![0]!.phenomenon)
  return {
    overall: {
      ...all,
      p: printedP(all.logP),
      z_p: printedP(z.logP),
      seeds: seeds.length,
      seed_low: overSeeds?.low ?? null,
      seed_high: overSeeds?.high ?? null
    },
    phenomena: [...phenomena].map(([phenomenon, chosen]) => ({ phenomenon, ...measure(chosen) })),
    paradigms: paradigms.map((pairs, at) => ({
      phenomenon: pairs[0]!.phenomenon,
      paradigm: pairs[0]!.paradigm,
      ...measure([at])
    }))
  }
}

const double = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "double"]))
const integer = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "integer"]))
const varchar = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "varchar"]))

/** Each checkpoint's overall accuracy against chance, as the study tests it; adjusted over all that are tested. */
const chanceTests = async (database: Database): Promise<ReadonlyArray<Row>> => {
  const rows = await read(database, {
    name: "the tests against chance",
    sql: byCheckpoint,
    columns: {
      suite: "text",
      size: "text",
      arm: "text",
      seed: "integer",
      step: "integer",
      correct: "integer",
      pairs: "integer"
    }
  })
  const logPs = rows.map(({ correct, pairs }) => binomialTest(correct, pairs).logP)
  const logQs = benjaminiHochberg(logPs)
  return rows.map((row, at) => ({ ...row, p: printedP(logPs[at]!), q: printedP(logQs[at]!) }))
}

/** The study's own tests, from its counts. */
const publishedTests = (): ReadonlyArray<Row> =>
  (["tiny", "small"] as const).map((size) => {
    const [fullRank, relora] = published.correctAtEnd[size]
    const of = (successes: number) => ({ successes, trials: published.blimpPairs })
    return {
      size,
      method: "relora",
      difference: 100 * (relora - fullRank) / published.blimpPairs,
      p: printedP(proportionsTest(of(fullRank), of(relora)).logP)
    }
  })

/** Creates accuracy_differences, phenomenon_differences, paradigm_differences, chance_tests and published_tests. */
export const loadComparisons = async (database: Database): Promise<void> => {
  const results = []
  for (const comparison of await comparisonsOf(database)) results.push(await compared(database, comparison))
  const named = varchar("suite", "size", "arm", "against")
  const measures = {
    ...integer("pairs", "better", "worse"),
    ...double("percent", "baseline_percent", "difference", "low", "high")
  }
  await createTable(
    database,
    "accuracy_differences",
    { ...named, ...measures, ...varchar("p", "z_p"), ...integer("seeds"), ...double("seed_low", "seed_high") },
    results.map(({ overall }) => overall)
  )
  const parts = [
    ["phenomenon_differences", results.flatMap(({ phenomena }) => phenomena)],
    ["paradigm_differences", results.flatMap(({ paradigms }) => paradigms)]
  ] as const
  for (const [table, rows] of parts) {
    const logQs = benjaminiHochberg(rows.map(({ logP }) => logP))
    await createTable(
      database,
      table,
      { ...named, ...measures, ...varchar("phenomenon", "paradigm", "p", "q") },
      rows.map((row, at) => ({ ...row, p: printedP(row.logP), q: printedP(logQs[at]!) }))
    )
  }
  await createTable(
    database,
    "chance_tests",
    { ...varchar("suite", "size", "arm"), ...integer("seed", "step", "correct", "pairs"), ...varchar("p", "q") },
    await chanceTests(database)
  )
  await createTable(
    database,
    "published_tests",
    { ...varchar("size", "method"), ...double("difference"), ...varchar("p") },
    publishedTests()
  )
}

/** In words, what a study of few seeds cannot say; empty where it can. */
export const seedCaution = ({ seeds }: Config): string =>
  seeds.length > 1
    ? ""
    : "One seed was run, so no interval over seeds is given: how far another seed would move a figure is not known."
