/** What a report states about a study, beside what was measured. */
import { ModelShape } from "../schemas/model.ts"
import type { Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"
import { inWords, mergesOf, methodAt, methodOver, parameterCounts, stateSize, trainingFlops, warmStart } from "./arm.ts"
import { configuration, originOf } from "./study-configuration.ts"
import { segmentsOf } from "./study-steps.ts"

/** The model of a size: its shape, and a row of the embedding for each id of the study's tokenizer. */
export const modelOf = ({ sizes, tokenizer }: Study, size: string): ModelShape =>
  ModelShape.parse({ ...sizes[size], vocabulary: tokenizer.vocabulary })

/** Settings of the report, and where they are written. */
export const facts = (study: Study) => {
  const { batchSize, steps } = study.training
  const settings = configuration(study)
  const cells = Object.keys(study.sizes).flatMap((size) =>
    Object.entries(study.arms).map(([arm, settings]) => ({ size, arm, settings }))
  )
  return {
    config: {
      study: study.name,
      about: study.about,
      sizes: Object.entries(study.sizes).map(([size, shape]) => ({
        size,
        ...shape,
        vocabulary: study.tokenizer.vocabulary,
        parameters: parameterCounts(modelOf(study, size), { kind: "full-rank" }).total
      })),
      arms: cells.map(({ arm, settings, size }) => {
        const model = modelOf(study, size)
        const method = methodAt(settings, steps, { seed: 0, width: model.width })
        const { total, trained } = parameterCounts(model, method)
        const tokens = batchSize * study.sequenceLength
        const warm = Math.min(warmStart(settings), steps)
        return {
          size,
          arm,
          family: writtenAs(arm, settings),
          // Of an arm that is tried at several; of others it says nothing that differs.
          learningRate: writtenAs(arm, settings) === arm ? null : settings.learningRate ?? null,
          method: settings.method,
          rank: "rank" in method ? method.rank : null,
          productDtype: "productDtype" in settings ? settings.productDtype : null,
          settings: inWords(settings),
          totalParameters: total,
          trainedParameters: trained,
          stateBytes: stateSize(model, method),
          operations: segmentsOf(settings, study).reduce((sum, [first, last]) => {
            const of = methodOver(settings, first, last, { seed: 0, width: model.width })
            return sum + trainingFlops(model, of, study.sequenceLength, (last - first) * tokens, last - first)
          }, 0),
          warmStartSteps: warm,
          warmStartFlops: trainingFlops(model, { kind: "full-rank" }, study.sequenceLength, tokens),
          stepFlops: trainingFlops(model, method, study.sequenceLength, tokens, 1),
          merges: mergesOf(settings, 0, steps)
        }
      }),
      settings,
      steps,
      batchSize,
      sequenceLength: study.sequenceLength,
      seeds: study.seeds,
      claims: study.claims.map((claim) => ({
        says: claim.says,
        source: claim.source,
        measure: claim.measure,
        of: claim.of,
        than: claim.than,
        relation: "is" in claim ? claim.is : claim.gap === "grows with size" ? "grows" as const : "shrinks" as const,
        margin: "is" in claim ? claim.margin : 0,
        size: "is" in claim && claim.at !== "every size" ? claim.at : null
      }))
    },
    origins: {
      ...Object.fromEntries(settings.map((setting, index) => [`settings[${index}]`, originOf(study, setting)])),
      ...Object.fromEntries(study.claims.map((_, index) => [`claims[${index}]`, `claims[${index}]`])),
      study: "name",
      about: "about",
      ...Object.fromEntries(
        Object.keys(study.sizes).flatMap((size, index) => [
          [`sizes[${index}]`, `sizes.${size}`],
          [`sizes[${index}].vocabulary`, "tokenizer.vocabulary"]
        ])
      ),
      ...Object.fromEntries(cells.flatMap(({ arm, settings, size }, index) => [
        [`arms[${index}]`, `arms.${writtenAs(arm, settings)}`],
        [`arms[${index}].size`, `sizes.${size}`],
        [`arms[${index}].merges`, `arms.${writtenAs(arm, settings)}.resetEvery`]
      ])),
      steps: "training.steps",
      batchSize: "training.batchSize",
      sequenceLength: "sequenceLength",
      seeds: "seeds"
    }
  }
}
