import { describe, expect, it } from "vitest"
import { closure, select, unknown } from "../../pipeline/target.ts"
import { graphOf, toy } from "../fixtures/toy.ts"

const graph = graphOf(toy)
const ids = (target: string) => select(graph, target).map(({ id }) => id)

describe("a target", () => {
  it("names a stage, an instance or a glob", () => {
    expect(ids("scale")).toEqual(["scale/two", "scale/three"])
    expect(ids("scale/two")).toEqual(["scale/two"])
    expect(ids("scale/t*")).toEqual(["scale/two", "scale/three"])
    expect(ids("**/three")).toEqual(["scale/three"])
    expect(ids("s")).toEqual([])
  })

  it("brings all it needs, in order", () => {
    expect(closure(graph, select(graph, "scale/three")).map(({ id }) => id)).toEqual(["make", "scale/three"])
  })

  it("that is unknown gets suggestions", () => {
    expect(unknown(graph, "scale/twoo").message).toBe("nothing is called scale/twoo; the study has scale/two")
    expect(unknown(graph, "elephant").message).toBe("nothing is called elephant; the study has make, scale, sum")
  })
})
