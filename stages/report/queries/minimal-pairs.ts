import type { Config } from "../config.ts"
import { quoted } from "../database.ts"
import { models } from "../published.ts"
import type { Question } from "../question.ts"
import { suiteTitle } from "../suites.ts"
import { type Column, fixed, grouped, integer, text } from "../table.ts"

/** One column a run's size and arm: the table's shape follows the study. */
const runColumns = (config: Config) =>
  config.arms.map(({ arm, size }, index) => ({ name: `accuracy_${index}`, arm, size }))

/** The phenomenon that BLiMP's data count as two and its paper (Warstadt et al. 2020) as one. */
const joinedPhenomenon = "argument_structure with s-selection"
const asInPaper = `
    union all
    select size, arm, seed, '${joinedPhenomenon}', sum(paradigms), sum(pairs),
      sum(percent * paradigms) / sum(paradigms)
    from last where phenomenon in ('argument_structure', 's-selection')
    group by size, arm, seed having count(*) = 2`

/** Accuracy of one suite by phenomenon, one column for each arm at each size, averaged over seeds. */
export const minimalPairs = (suite: string, config: Config): Question => {
  const columns = runColumns(config)
  const chosen = columns.map(({ arm, name, size }) =>
    `avg(percent) filter (where size = ${quoted(size)} and arm = ${quoted(arm)}) as ${name}`
  )
  const published = models.flatMap(({ size }) =>
    ["full-rank", "relora"].map((method) => ({ name: `published_${size}_${method.replace("-", "_")}`, method, size }))
  )
  const sql = `
  with last as (
    select * from phenomena
    where suite = ${quoted(suite)} and step = (select max(step) from phenomena where suite = ${quoted(suite)})
    order by size, arm, seed
  ),
  counted as (
    select size, arm, seed, phenomenon, paradigms, pairs, percent from last${suite === "blimp" ? asInPaper : ""}
  ),
  pivoted as (
    select phenomenon, max(paradigms) as paradigms, max(pairs) as pairs,
      ${chosen.join(",\n      ")}
    from (from counted order by seed) group by phenomenon
  )
  select pivoted.*, ${published.map(({ name }) => `published.${name}`).join(", ")}
  from pivoted left join published_minimal_pairs as published using (phenomenon)
  order by phenomenon = 'overall', phenomenon
`
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
    published: true,
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
    section: "minimal pairs"
  }
}
