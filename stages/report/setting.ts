/** What was run, in a sentence. */
import { amount, type Facts, listed } from "./facts.ts"
import { number } from "./findings/words.ts"

export const setting = ({ config, corpusTokens, documents, tokens }: Facts): string => {
  const { atWork, batchSize, seeds, sequenceLength, steps } = config
  const sizes = config.sizes.map(({ parameters, size }) => `${size} (${amount(parameters)} parameters)`)
  const arms = [...new Set(config.arms.map(({ family }) => family))]
  const rates = Math.max(
    ...arms.map((name) => new Set(config.arms.filter(({ family }) => family === name).map(({ arm }) => arm)).size)
  )
  const passes = corpusTokens > 0 && tokens > corpusTokens ? ` (${number(tokens / corpusTokens, 1)} passes)` : ""
  return [
    `${sizes.length === 1 ? "One model size" : `${sizes.length} model sizes`}, ${listed(sizes)},`,
    `trained in ${arms.length === 1 ? "one way" : `${arms.length} ways`} (${listed(arms)})${
      rates === 1 ? "" : `, at up to ${rates} learning rates each,`
    }`,
    `for ${number(steps, 0)} steps of ${number(batchSize, 0)} × ${number(sequenceLength, 0)} tokens,`,
    `${amount(tokens)} tokens a run,`,
    ...(atWork.length > 0
      ? [`and in ${new Set(atWork.map(({ arm }) => arm)).size} more ways for as much work as another takes,`]
      : []),
    `on ${number(documents, 0)} documents of ${amount(corpusTokens)} tokens${passes};`,
    `${seeds.length === 1 ? "seed" : "seeds"} ${listed(seeds.map(String))}.`
  ].join(" ")
}
