/** That every declaration names, loads and types one and the same body. */
import { expect, it } from "vitest"
import type { AnyStage, Body } from "../../pipeline/stage.ts"
import { stageNames } from "../../schemas/study-settings.ts"
import { body as checkpoint } from "../../stages/checkpoint/body.ts"
import { body as evaluate } from "../../stages/evaluate/body.ts"
import { body as pairs } from "../../stages/evaluate/pairs.ts"
import { body as texts } from "../../stages/evaluate/texts.ts"
import { body as imported } from "../../stages/import/body.ts"
import * as stages from "../../stages/index.ts"
import { body as initialise } from "../../stages/pretrain/initialise.ts"
import { body as pretrain } from "../../stages/pretrain/segment.ts"
import { body as probe } from "../../stages/probe/body.ts"
import { body as dynamics } from "../../stages/probe/dynamics.ts"
import { body as similarity } from "../../stages/probe/similarity.ts"
import { body as report } from "../../stages/report/body.ts"
import { body as spectra } from "../../stages/spectra/body.ts"
import { body as tokenize } from "../../stages/tokenize/body.ts"

type Stages = typeof stages

// `load` cannot check its body's type, so this does: each body takes what its declaration gives.
const bodies: { readonly [Name in keyof Stages]: (io: Body<Stages[Name]>) => Promise<void> } = {
  checkpoint,
  dynamics,
  evaluate,
  imported,
  initialise,
  pairs,
  pretrain,
  probe,
  report,
  similarity,
  spectra,
  texts,
  tokenize
}

const declared = Object.entries(stages) as ReadonlyArray<[keyof Stages, AnyStage]>

it.each(declared)("%s loads the body that its source exports", async (name, stage) => {
  const { body } = await stage.load()
  expect(stage.name).toBe(name)
  expect(body).toBe(bodies[name])
  const source = await import(new URL(`../../${stage.source}`, import.meta.url).href) as { readonly body: unknown }
  expect(source.body).toBe(body)
})

it("are the stages that a salt may be given to", () => {
  expect(stageNames.toSorted()).toEqual(declared.map(([name]) => name).toSorted())
})

it("a body of another stage is a type error", () => {
  // @ts-expect-error: a checkpoint's settings and tables are not a segment's
  const mistaken: (io: Body<Stages["checkpoint"]>) => Promise<void> = pretrain
  expect(mistaken).toBe(pretrain)
})
