/** Spectra of stored weights in the first and in the last half of the layers: the study's first and last six. */
import { read } from "../query.ts"
import type { Artist } from "./figure.ts"
import sql from "./layer-halves.sql"
import { extent, small } from "./small.ts"

/** What the study shows by halves; other components stand in the table. */
const shown = ["w_2", "ov"]

const measures = [
  { name: "per", words: "PER", long: "Proportional effective rank", digits: 4 },
  { name: "condition", words: "condition number", long: "Condition number", digits: 3 }
] as const

export const drawLayerHalves: Artist = async (database, { config }, looks) => {
  const rows = await read(database, {
    name: "the figures of halves of the layers",
    sql,
    columns: {
      half: "text",
      size: "text",
      arm: "text",
      step: "integer",
      component: "text",
      per: "number?",
      per_band: "number?",
      condition_number: "number?",
      condition_number_band: "number?"
    }
  })
  return measures.flatMap(({ digits, long, name, words }) =>
    config.sizes.flatMap(({ size }) =>
      shown.flatMap((component) => {
        const own = rows.filter((row) => row.size === size && row.component === component).map((row) => ({
          ...row,
          value: name === "per" ? row.per : row.condition_number,
          band: name === "per" ? row.per_band : row.condition_number_band
        }))
        const domain = extent(own)
        return ["first", "last"].flatMap((half) =>
          small(
            {
              name: `half-${name}-${component.replace("_", "-")}-${size}-${half}`,
              title: `${component}, ${size}: ${half} half`,
              caption: `${long} of the stored weight in the ${half} half of the layers, ${component}, size ${size}`,
              section: "weights",
              yLabel: words,
              steps: config.steps,
              digits,
              ...(domain === undefined ? {} : { domain })
            },
            own.filter((row) => row.half === half),
            looks
          )
        )
      })
    )
  )
}
