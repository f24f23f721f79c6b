/** Likeness of activations to the last checkpoint's, and their anisotropy, over training. */
import { read } from "../query.ts"
import sql from "./dynamics.sql"
import type { Artist } from "./figure.ts"
import { small } from "./small.ts"

const measures = [
  {
    measure: "similarity-cka",
    words: "CKA",
    long: "Linear CKA of activations with those of the last checkpoint",
    least: 0
  },
  { measure: "activation-anisotropy", words: "anisotropy", long: "Mean cosine of two windows' activations", least: -1 }
] as const

export const drawDynamics: Artist = async (database, { config }, looks) => {
  const rows = await read(database, {
    name: "the figures of activations",
    sql,
    columns: {
      measure: "text",
      size: "text",
      arm: "text",
      step: "integer",
      component: "text",
      value: "number",
      band: "number?"
    }
  })
  return measures.flatMap(({ least, long, measure, words }) => {
    const own = rows.filter((row) => row.measure === measure)
    const components = [...new Set(own.map(({ component }) => component))]
    return config.sizes.flatMap(({ size }) =>
      components.flatMap((component) =>
        small(
          {
            name: `${measure}-${component.replace("_", "-")}-${size}`,
            title: `${component}, ${size}: ${words}`,
            caption: `${long}, ${component}, size ${size}`,
            section: "dynamics",
            yLabel: words,
            steps: config.steps,
            digits: 4,
            range: [least, 1]
          },
          own.filter((row) => row.size === size && row.component === component),
          looks
        )
      )
    )
  })
}
