import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { stream } from "../../../tensor/random.ts"
import { config, writeInputs } from "../../fixtures/report.ts"
import { inLab, type Lab, ofFacts, ofSettings, survey } from "./perturbation.ts"

const folder = mkdtempSync(join(tmpdir(), "report-provenance-long-"))
afterAll(() => rmSync(folder, { recursive: true }))

const numbers = stream(2, "perturbations")
const some = <A>(items: ReadonlyArray<A>, share: number): ReadonlyArray<A> =>
  items.filter(() => numbers.uniform() < share)

/** One row of an input, drawn. */
const oneRow = async (lab: Lab, { leaf, table, where }: Lab["inputs"][number]) => {
  const rows = await lab.rowsOf(table, where)
  return { leaf, table, where: `rowid = ${rows[numbers.below(rows.length)]}`, row: true }
}

it("no cell changes with an input that it does not name, and most change with one that they name", () =>
  inLab(config(), writeInputs(join(folder, "one")), async (lab) => {
    // Tests of accuracies take a bootstrap each: some of these inputs.
    const slow = lab.inputs.filter(({ table }) => table === "accuracy" || table === "scores")
    const inputs = [...some(lab.inputs.filter((input) => !slow.includes(input)), 0.4), ...some(slow, 0.1)]
    const whole = await survey(lab, inputs.map((input) => ({ ...input, row: false })))
    expect(whole.unnamed).toEqual([])
    expect(whole.idle).toEqual([])
    expect(whole.share).toBeGreaterThan(0.75)
    const rows = await survey(lab, await Promise.all(some(inputs, 0.3).map((input) => oneRow(lab, input))))
    expect(rows.unnamed).toEqual([])
    expect(rows.changed).toBeGreaterThan(30)
  }))

it("nor with a setting or a published figure", () =>
  inLab(config(), writeInputs(join(folder, "settings")), async (lab) => {
    const settings = await survey(lab, some(await ofSettings(lab), 0.15))
    expect(settings.unnamed).toEqual([])
    expect(settings.changed).toBeGreaterThan(50)
    const facts = await survey(lab, some(await ofFacts(lab), 0.06))
    expect(facts.unnamed).toEqual([])
    expect(facts.changed).toBeGreaterThan(50)
  }))

it("nor where there are several seeds", () => {
  const seeds = [42, 43]
  return inLab(config(seeds), writeInputs(join(folder, "seeds"), { seeds }), async (lab) => {
    const inputs = lab.inputs.filter(({ leaf, table }) => table !== "accuracy" || /step=20/.test(leaf))
    const whole = await survey(lab, some(inputs, 0.05).map((input) => ({ ...input, row: false })))
    expect(whole.unnamed).toEqual([])
    expect(whole.changed).toBeGreaterThan(30)
  })
})
