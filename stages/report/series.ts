/** Everything measured over steps, as the page's chart takes it. */
import type { Series } from "./client/data.ts"
import type { Database } from "./database.ts"
import { read } from "./query.ts"
import sql from "./series.sql"

/** What can be drawn over steps, in the order offered. */
export const measures = [
  { measure: "loss", title: "training loss", unit: "nats per token", logarithmic: false },
  { measure: "held-out", title: "loss on held-out text", unit: "nats per token", logarithmic: false },
  { measure: "perplexity", title: "perplexity, mean of texts", unit: "", logarithmic: true },
  { measure: "generated", title: "generated minimal pairs", unit: "% right", logarithmic: false },
  { measure: "blimp", title: "BLiMP", unit: "% right", logarithmic: false },
  { measure: "weight-per", title: "PER of stored weights", unit: "", logarithmic: false },
  { measure: "weight-condition", title: "condition number of stored weights", unit: "", logarithmic: true },
  { measure: "effective-per", title: "PER of effective weights", unit: "", logarithmic: false },
  { measure: "effective-condition", title: "condition number of effective weights", unit: "", logarithmic: true },
  { measure: "realised-per", title: "PER of realised changes", unit: "", logarithmic: false },
  { measure: "realised-condition", title: "condition number of rank, realised changes", unit: "", logarithmic: true },
  { measure: "realised-rank", title: "numerical rank of realised changes", unit: "", logarithmic: false },
  { measure: "adapter-per", title: "PER of adapters (B·A)", unit: "", logarithmic: false },
  { measure: "adapter-condition", title: "condition number of rank, adapters", unit: "", logarithmic: true },
  { measure: "adapter-rank", title: "numerical rank of adapters", unit: "", logarithmic: false },
  { measure: "A-per", title: "PER of A, no effective weight", unit: "", logarithmic: false },
  { measure: "A-condition", title: "condition number of A, no effective weight", unit: "", logarithmic: true },
  { measure: "B-per", title: "PER of B, no effective weight", unit: "", logarithmic: false },
  { measure: "B-condition", title: "condition number of B, no effective weight", unit: "", logarithmic: true },
  { measure: "product-per", title: "PER of B·A, no effective weight", unit: "", logarithmic: false },
  {
    measure: "product-condition",
    title: "condition number of rank of B·A, no effective weight",
    unit: "",
    logarithmic: true
  }
] as const

/** Five digits are more than a screen shows, and keep the page light. */
const finite = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(5))

export const readSeries = async (database: Database): Promise<Series> => {
  const rows = await read(database, {
    name: "the page's chart",
    sql,
    columns: {
      measure: "text",
      size: "text",
      arm: "text",
      seed: "text",
      component: "text",
      step: "integer",
      value: "number?",
      low: "number?",
      high: "number?"
    }
  })
  return {
    measure: rows.map(({ measure }) => measure),
    size: rows.map(({ size }) => size),
    arm: rows.map(({ arm }) => arm),
    seed: rows.map(({ seed }) => seed),
    component: rows.map(({ component }) => component),
    step: rows.map(({ step }) => step),
    value: rows.map(({ value }) => finite(value)),
    low: rows.map(({ low }) => finite(low)),
    high: rows.map(({ high }) => finite(high))
  }
}
