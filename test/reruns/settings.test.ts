/** Every setting of three studies, changed one by one in the study file: exactly the expected instances rerun. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { type Graph, references } from "../../pipeline/graph.ts"
import * as Key from "../../pipeline/key.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { difference, type Records, table } from "./compare.ts"
import { recordsOf } from "./keys.ts"
import { mutated, type Mutation, mutationsOf, type Pattern, type Settings } from "./settings.ts"
import { studies } from "./studies.ts"

const folder = mkdtempSync(join(tmpdir(), "relora-pipeline-settings-"))
const counts: Record<string, number> = {}
const count = (name: string, by = 1) => counts[name] = (counts[name] ?? 0) + by

/** The graph of a study file and its key records; an output stands for the key that made it. */
const read = (text: string): { readonly graph: Graph; readonly records: Records } => {
  const file = join(folder, "study.yaml")
  writeFileSync(file, text)
  const graph = graphOf(readStudy(file).study, { folder: dirname(file), environment: {} })
  return { graph, records: recordsOf(graph) }
}

/** Instances of a graph that take, directly or not, from some; with these. */
const reached = (graph: Graph, from: ReadonlySet<string>): ReadonlyArray<string> => {
  const found = new Set(from)
  for (const instance of graph.instances) {
    if (references(instance).some((ref) => found.has(ref.instance))) found.add(instance.id)
  }
  return graph.instances.map(({ id }) => id).filter((id) => found.has(id))
}

/** Settings that are a rule or a list, and change as a whole. */
const isWhole = (setting: string) => setting === "checkpoints" || setting === "evaluation.steps"

const matching = (ids: ReadonlyArray<string>, patterns: ReadonlyArray<Pattern> = []) =>
  ids.filter((id) => patterns.some((pattern) => pattern.test(id)))

const check = (before: ReturnType<typeof read>, settings: Settings, mutation: Mutation) => {
  const after = read(mutated(settings, mutation))
  const found = difference(before.records, after.records)
  const [were, are] = [Object.keys(before.records), Object.keys(after.records)]
  const added = are.filter((id) => !were.includes(id))
  const removed = were.filter((id) => !are.includes(id))
  expect(added, "instances that come").toEqual(matching(are, mutation.added).filter((id) => !were.includes(id)))
  expect(removed, "instances that go").toEqual(matching(were, mutation.removed))
  expect(mutation.added === undefined, "instances come as expected").toBe(added.length === 0)
  const common = are.filter((id) => were.includes(id))
  const own = matching(common, mutation.own)
  if (mutation.own.length > 0) expect(own.length, "the mutation has an effect").toBeGreaterThan(0)
  expect(found.own, "instances with a change of their own").toEqual(own)
  expect(found.changed, "instances that would rerun").toEqual(
    reached(after.graph, new Set([...own, ...added, ...matching(are, mutation.rewired)])).filter((id) =>
      common.includes(id)
    )
  )
  count("reruns, each expected", found.changed.length)
  count("instances left alone, each expected", common.length - found.changed.length)
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  table("settings changed one by one", counts)
})

for (const [name, settings] of Object.entries(studies)) {
  describe(`the ${name} study`, () => {
    const text = stringify(settings, { aliasDuplicateObjects: false })
    const before = read(text)
    writeFileSync(join(folder, "resolved.yaml"), text)
    const { study } = readStudy(join(folder, "resolved.yaml"))
    const mutations = mutationsOf(study)

    it("has a mutation of every setting", () => {
      const fixed = [/^corpus\.source$/, /^tokenizer\.kind$/, /\.method$/, /schedule\.kind$/]
      const missing = Object.keys(Key.flatten(study, "")).filter((leaf) =>
        !fixed.some((pattern) => pattern.test(leaf)) &&
        !mutations.some(({ setting }) =>
          leaf === setting || leaf.startsWith(`${setting}[`) || isWhole(setting) && leaf.startsWith(`${setting}.`)
        )
      )
      expect(missing).toEqual([])
    })

    for (const [index, mutation] of mutations.entries()) {
      it(`${index + 1}: ${mutation.setting} to ${JSON.stringify(mutation.to)}`, () => {
        check(before, settings, mutation)
        count(`mutations of the ${name} study`)
      })
    }
  })
}
