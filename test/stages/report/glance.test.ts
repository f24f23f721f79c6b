import { describe, expect, it } from "vitest"
import type { Facts } from "../../../stages/report/facts.ts"
import { glanceBlock } from "../../../stages/report/format/glance.ts"
import { glance } from "../../../stages/report/glance.ts"
import type { Answer } from "../../../stages/report/questions.ts"
import { config } from "../../fixtures/report.ts"

const facts = (seeds: ReadonlyArray<number>): Facts => ({ config: config(seeds) }) as Facts

const claims = (...verdicts: ReadonlyArray<string>) =>
  [{
    name: "claims",
    rows: verdicts.map((verdict, index) => ({ says: `claim ${index} <b>`, verdict }))
  }] as unknown as ReadonlyArray<Answer>

describe("the head of the page", () => {
  it("counts verdicts, and says what a single seed cannot tell", () => {
    expect(glance(facts([42]), "", [], claims("holds", "undecided", "holds")).certainty).toBe(
      "Of 3 claims 2 hold, 0 fail and 1 is undecided, by 95 % intervals. " +
        "There is one seed: nothing here tells how another would have come out."
    )
    expect(glance(facts([1, 2]), "", [], claims("fails")).certainty).toBe(
      "Of 1 claim 0 hold, 1 fails and 0 are undecided, by 95 % intervals. Intervals are over 2 seeds."
    )
    expect(glance(facts([1, 2]), "", [], []).certainty).toBe("Intervals are over 2 seeds.")
  })

  it("tells where arms of one method differ, in words for those who do not know the settings", () => {
    const [relora] = glance(facts([42]), "", [], []).differences
    expect(relora!.method).toBe("relora")
    expect(relora!.arms.map(({ arm }) => arm)).toEqual(["relora", "as-published"])
    expect(relora!.arms[1]!.settings).toContainEqual(expect.stringMatching(/^A zero: .*no gradient/))
    expect(relora!.arms[0]!.settings).not.toContainEqual(expect.stringMatching(/^A zero/))
  })

  it("stands in the page with every text escaped", () => {
    const block = glanceBlock(glance(facts([42]), "two & three", ["<i>lower</i>"], claims("holds", "fails")))
    expect(block).toContain("<p>two &amp; three</p>")
    expect(block).toContain("<p>&lt;i&gt;lower&lt;/i&gt;</p>")
    expect(block).toContain("<b data-verdict=\"holds\">✓ holds</b> claim 0 &lt;b&gt;")
    expect(block).toContain("<b data-verdict=\"fails\">✗ fails</b>")
  })
})
