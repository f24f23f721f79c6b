/** What the measurements say, in sentences made from them. */
import type { Database } from "./database.ts"
import { amount, type Facts, listed } from "./facts.ts"
import { plain, print } from "./table.ts"

const number = (value: number, digits: number): string =>
  print(value, { name: "", title: "", digits, align: "right" }, plain)

/** A difference, with its sign. */
const signed = (value: number, digits: number): string => `${value > 0 ? "+" : ""}${number(value, digits)}`

/** Which arm ends with the lowest loss at each size, and by how much. */
const compareLoss = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<
    { size: string; arm: string; loss: number; heldout: number | null; perplexity: number }
  >(`
    select runs.size, runs.arm, avg(tails.loss) as loss, avg(heldout.nats_per_token) as heldout,
      avg(heldout.token_weighted) as perplexity
    from runs join tails using (size, arm, seed)
    left join heldout on heldout.size = runs.size and heldout.arm = runs.arm and heldout.seed = runs.seed
      and heldout.step = (select max(step) from heldout)
    group by runs.place, runs.size, runs.arm
    order by runs.place`)
  return facts.config.sizes.flatMap(({ size }) => {
    const arms = rows.filter((row) => row.size === size).toSorted((a, b) => a.loss - b.loss)
    const [best, ...others] = arms
    if (best === undefined || others.length === 0) return []
    const gaps = others.map((other) => {
      const heldout = other.heldout === null || best.heldout === null
        ? ""
        : ` (${number(other.heldout - best.heldout, 3)} on held-out text)`
      return other.loss === best.loss ?
        `${other.arm} ends equal${heldout}`
        : `${other.arm} is ${number(other.loss - best.loss, 3)} higher${heldout}`
    })
    return [
      `At size ${size}, ${best.arm} ends with the lowest training loss, ${number(best.loss, 3)} nats per token; ` +
      `${gaps.join("; ")}.`
    ]
  })
}

/** Whether runs do better than knowing how often tokens occur. */
const compareEntropy = async (database: Database, { entropy }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ run: string; loss: number }>(`
    select runs.size || ' ' || runs.arm as run, avg(tails.loss) as loss
    from runs join tails using (size, arm, seed)
    group by runs.place, run order by runs.place`)
  if (rows.length === 0 || Number.isNaN(entropy)) return []
  const above = rows.filter(({ loss }) => loss >= entropy).map(({ run }) => run)
  const words = `the unigram entropy of the training tokens, ${number(entropy, 3)} nats`
  return [
    above.length === 0 ?
      `Every run ends below ${words}: each has learnt more than how often tokens occur.`
      : above.length === rows.length ?
      `No run ends below ${words}: none has yet shown that it uses context.`
      : `All runs end below ${words}, except ${listed(above)}.`
  ]
}

/** Whether the adapters had moved at the checkpoints up to the first merge: the change of the effective weights, exactly. */
const firstCycle = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{
    size: string
    arm: string
    first_merge: number
    zero: number
    matrices: number
  }>(`
    -- a warm start changes the weights before there are adapters, so a change counts from the step that attached them
    with attached as (
      select size, arm, max(step) filter (where event = 'attach') as step from metrics group by size, arm
    ),
    changes as (
      select *, lag(step) over (partition by size, arm, seed, component, layer order by step) as since
      from spectra where kind = 'realised'
    )
    select arms.size, arms.arm, arms.first_merge, count(*) filter (where frobenius = 0) as zero, count(*) as matrices
    from changes join arms using (size, arm) join attached using (size, arm)
    where changes.step > 0 and changes.step <= arms.first_merge
      and coalesce(changes.since, 0) >= coalesce(attached.step, 0)
    group by arms.position, arms.size, arms.arm, arms.first_merge
    order by arms.position`)
  return rows.length === 0 ? [] : [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const own = rows.filter((row) => row.arm === arm)
    const still = own.filter(({ matrices, zero }) => zero === matrices)
    const settings = config.arms.find((other) => other.arm === arm)?.settings ?? ""
    const until = `before the first merge (after step ${
      listed([...new Set(own.map(({ first_merge }) => number(first_merge, 0)))])
    })`
    const changed = own.reduce((sum, { matrices, zero }) => sum + matrices - zero, 0)
    const all = own.reduce((sum, { matrices }) => sum + matrices, 0)
    return still.length === own.length
      ? `${arm} (${settings}): the adapters stayed at zero ${until}; the realised change of all ${
        number(all, 0)
      } measured ` +
        "matrices is exactly 0."
      : still.length === 0
      ? `${arm} (${settings}): the adapters moved ${until}; the realised change is not 0 in ${number(changed, 0)} of ` +
        `${number(all, 0)} measured matrices.`
      : `${arm} (${settings}): the adapters stayed at zero ${until} at size ${
        listed(still.map(({ size }) => size))
      } and ` +
        "moved at the other sizes."
  })
}

/** What merging does to the loss, beside what it does from any step to the next. */
const compareMerges = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ arm: string; size: string; merges: number; jump: number; noise: number }>(`
    with changes as (
      select *, lead(loss) over (partition by size, arm, seed order by step) - loss as change from metrics
    )
    select runs.arm, runs.size, count(change) filter (where event = 'merge') as merges,
      avg(change) filter (where event = 'merge') as jump,
      stddev_samp(change) filter (where event <> 'merge' and step > study.steps // 5) as noise
    from (from changes order by step) as changes join runs using (size, arm, seed), study
    group by runs.place, runs.arm, runs.size
    having merges > 0
    order by runs.place`)
  if (rows.length === 0) return []
  const arms = [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const own = rows.filter((row) => row.arm === arm)
    const merges = Math.max(...own.map(({ merges }) => merges))
    const bySize = own.map(({ jump, size }) =>
      config.sizes.length > 1 ? `${signed(jump, 3)} at ${size}` : signed(jump, 3)
    )
    return `${arm} ${listed(bySize)} (${merges} ${merges === 1 ? "merge" : "merges"})`
  })
  const noise = Math.max(...rows.map(({ noise }) => noise))
  return [
    `Change in the loss of a batch across a merge, mean: ${
      arms.join("; ")
    }. From one step to the next without a merge it ` +
    `varies by ${number(noise, 3)} (standard deviation, the largest of these runs).`
  ]
}

/** Minimal pairs at the end. */
const compareAccuracy = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ suite: string; size: string; arm: string; percent: number; pairs: number }>(`
    select suite, size, arm, avg(percent) as percent, sum(pairs) as pairs
    from (from phenomena order by seed) join arms using (size, arm)
    where phenomenon = 'overall' and step = (select max(step) from phenomena)
    group by suite, arms.position, size, arm
    order by suite desc, arms.position`)
  return ["generated", "blimp"].flatMap((suite) =>
    facts.config.sizes.flatMap(({ size }) => {
      const arms = rows.filter((row) => row.suite === suite && row.size === size)
      if (arms.length === 0) return []
      // half-width of a 95 % interval of one proportion at 50 %, in points
      const width = 196 * Math.sqrt(0.25 / Math.min(...arms.map(({ pairs }) => pairs)))
      return [
        `${suite === "blimp" ? "On BLiMP" : "On the generated minimal pairs"} at size ${size}: ` +
        `${listed(arms.map(({ arm, percent }) => `${arm} ${number(percent, 1)} %`))} ` +
        `(chance 50 %; sampling alone moves an accuracy by about ±${number(width, 1)} points).`
      ]
    })
  )
}

/** What training did to the rank of the weights the forward pass uses. */
const compareRank = async (database: Database): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ arm: string; least: number; most: number }>(`
    with changes as (
      select place, arm, arg_max(per, step) - arg_min(per, step) as change
      from components where kind = 'effective'
      group by place, size, arm, component
    )
    select arm, min(change) as least, max(change) as most
    from changes group by arm order by min(place)`)
  if (rows.length === 0) return []
  const arms = rows.map(({ arm, least, most }) => `${arm} ${signed(least, 4)} to ${signed(most, 4)}`)
  return [
    "Change in proportional effective rank of the effective weights from the first to the last checkpoint, mean over " +
    "layers, " +
    `range over components and sizes: ${arms.join("; ")}.`
  ]
}

/** The headline, most important first. */
export const findings = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => [
  ...await compareLoss(database, facts),
  ...await firstCycle(database, facts),
  ...await compareMerges(database, facts),
  ...await compareAccuracy(database, facts),
  ...await compareRank(database),
  ...await compareEntropy(database, facts)
]

/** What was run, in a sentence or two. */
export const setting = ({ config, corpusTokens, documents, tokens }: Facts): string => {
  const sizes = listed(config.sizes.map(({ parameters, size }) => `${size} (${amount(parameters)} parameters)`))
  const arms = [...new Set(config.arms.map(({ arm }) => arm))]
  return `${
    config.sizes.length === 1 ? "One model size" : `${config.sizes.length} model sizes`
  }, ${sizes}, trained in ` +
    `${arms.length === 1 ? "one way" : `${arms.length} ways`} (${listed(arms)}) for ${
      number(config.steps, 0)
    } steps of ` +
    `${number(config.batchSize, 0)} × ${number(config.sequenceLength, 0)} tokens, ${amount(tokens)} tokens a run, on ` +
    `${number(documents, 0)} documents of ${amount(corpusTokens)} tokens` +
    `${tokens > corpusTokens && corpusTokens > 0 ? ` (${number(tokens / corpusTokens, 1)} passes)` : ""}; ` +
    `${config.seeds.length === 1 ? `seed ${config.seeds[0]}` : `seeds ${listed(config.seeds.map(String))}`}.`
}
