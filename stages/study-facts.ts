/** What a report states about a study, beside what was measured. */
import type { Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"
import { inWords, mergesOf, methodAt, parameterCounts, stateSize, trainingFlops, warmStart } from "./arm.ts"
import { memoryBudget, memoryOf, modelOf, planOf, workBudget, workOf } from "./budget.ts"
import { configuration, originOf } from "./study-configuration.ts"

/** What the report is told of an arm at a size. */
const armFacts = (study: Study, size: string, arm: string) => {
  const plan = planOf(study, size, arm)
  const { model, settings, study: { sequenceLength, training: { batchSize, steps } } } = plan
  const place = { seed: 0, width: model.width }
  // As it is after the last step, which may cut a rank; a step's work is that of the last one made.
  const method = methodAt(settings, steps + 1, place)
  const { total, trained } = parameterCounts(model, method)
  const tokens = batchSize * sequenceLength
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
    steps,
    width: model.width,
    hidden: model.hidden,
    totalParameters: total,
    trainedParameters: trained,
    stateBytes: stateSize(model, method),
    memory: memoryOf(plan),
    operations: workOf(plan),
    equalMemory: settings.equalMemory === undefined ? null : String(settings.equalMemory),
    memoryBudget: memoryBudget(study, size, settings) ?? null,
    equalWork: settings.equalWork ?? null,
    workBudget: workBudget(study, size, settings) ?? null,
    warmStartSteps: Math.min(warmStart(settings), steps),
    warmStartFlops: trainingFlops(model, { kind: "full-rank" }, sequenceLength, tokens),
    stepFlops: trainingFlops(model, methodAt(settings, steps, place), sequenceLength, tokens, 1),
    merges: mergesOf(settings, 0, steps)
  }
}

/** Settings of the report, and where they are written. */
export const facts = (study: Study) => {
  const { batchSize, steps } = study.training
  const settings = configuration(study)
  const all = Object.keys(study.sizes).flatMap((size) =>
    Object.entries(study.arms).map(([arm, settings]) => ({ size, arm, settings }))
  )
  // Those that make another number of steps stand beside no others but in the table that compares at equal work.
  const [cells, atWork] = [true, false].map((usual) =>
    all.filter(({ settings }) => (settings.equalWork === undefined) === usual)
  ) as [typeof all, typeof all]
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
      arms: cells.map(({ arm, size }) => armFacts(study, size, arm)),
      atWork: atWork.map(({ arm, size }) => armFacts(study, size, arm)),
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
      atWork: "arms",
      study: "name",
      about: "about",
      ...Object.fromEntries(
        Object.keys(study.sizes).flatMap((size, index) => [
          [`sizes[${index}]`, `sizes.${size}`],
          [`sizes[${index}].vocabulary`, "tokenizer.vocabulary"]
        ])
      ),
      ...Object.fromEntries(
        Object.entries({ arms: cells, atWork }).flatMap(([list, cells]) =>
          cells.flatMap(({ arm, settings, size }, index) => [
            [`${list}[${index}]`, `arms.${writtenAs(arm, settings)}`],
            [`${list}[${index}].size`, `sizes.${size}`],
            [`${list}[${index}].merges`, `arms.${writtenAs(arm, settings)}.resetEvery`]
          ])
        )
      ),
      steps: "training.steps",
      batchSize: "training.batchSize",
      sequenceLength: "sequenceLength",
      seeds: "seeds"
    }
  }
}
