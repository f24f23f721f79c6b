import type { Config } from "../config.ts"
import { quoted } from "../database.ts"
import { models } from "../published.ts"
import type { Question } from "../question.ts"
import { suiteTitle } from "../suites.ts"
import { type Column, fixed, grouped, integer, text } from "../table.ts"
import sql from "./minimal-pairs.sql"

/** One column a run's size and arm: the table's shape follows the study. */
const runColumns = (config: Config) =>
  config.arms.map(({ arm, size }, index) => ({ name: `accuracy_${index}`, arm, size }))

/** The phenomenon that BLiMP's data count as two and its paper as one. */
const joined = ["argument_structure", "s-selection"] as const
const joinedPhenomenon = joined.join(" with ")

/** Accuracy of one suite by phenomenon, one column for each arm at each size, averaged over seeds. */
export const minimalPairs = (suite: string, config: Config): Question => {
  const columns = runColumns(config)
  const published = models.flatMap(({ size }) =>
    ["full-rank", "relora"].map((method) => ({ name: `published_${size}_${method.replace("-", "_")}`, method, size }))
  )
  const step = `(select max(step) from accuracy where suite = ${quoted(suite)})`
  const sizes = [...new Set(columns.map(({ size }) => size))]
  return {
    name: `minimal-pairs-${suite}`,
    title: suiteTitle(suite),
    caption: ({ config: { seeds } }) =>
      "One row a phenomenon: accuracy in % at the last checkpoint, the mean over its paradigms" +
      `${
        seeds.length > 1 ? ` and ${seeds.length} seeds` : ""
      }. Overall is the mean over all paradigms. Chance is 50 %. ` +
      (suite === "generated"
        ? "Published: the same phenomenon of BLiMP, other sentences with a larger vocabulary."
        : "Published: BLiMP at step 20,000." +
          (suite === "blimp"
            ? ` The data have 13 phenomena; BLiMP's paper has 12, counting ${joinedPhenomenon}.`
            : "")),
    published: ["pairs"],
    columns: [
      text("phenomenon", "phenomenon"),
      integer("paradigms", "paradigms"),
      integer("pairs", "pairs"),
      ...sizes.flatMap((size) =>
        grouped(size, columns.filter((column) => column.size === size).map(({ arm, name }) => fixed(name, arm, 2, "%")))
      ),
      ...models.flatMap(({ size }) =>
        grouped(
          `published ${size}`,
          published.filter((column) => column.size === size)
            .map(({ method, name }): Column => fixed(name, method, 2, "%"))
        )
      )
    ],
    sql,
    file: "minimal-pairs",
    parameters: { suite },
    sources: [
      ...[
        { columns: ["phenomenon", "paradigms", "pairs"], where: {} },
        ...columns.map(({ arm, name, size }) => ({
          columns: [name],
          where: { size: quoted(size), arm: quoted(arm) }
        }))
      ].flatMap(({ columns, where }) => [
        // overall is over all of them, the paper's phenomenon over two
        {
          from: "accuracy",
          columns,
          where: { ...where, suite: `if(phenomenon = 'overall', ${quoted(suite)}, null)`, step }
        },
        {
          from: "accuracy",
          columns,
          where: {
            ...where,
            suite: quoted(suite),
            step,
            phenomenon: [
              `if(phenomenon in ('overall', '${joinedPhenomenon}'), null, phenomenon)`,
              ...joined.map((one) => `if(phenomenon = '${joinedPhenomenon}', '${one}', null)`)
            ]
          }
        }
      ]),
      {
        from: "published_minimal_pairs",
        columns: published.map(({ name }) => name),
        where: { phenomenon: "phenomenon" }
      }
    ],
    section: "minimal pairs"
  }
}
