import { describe, expect, it } from "vitest"
import { block, factors, noMoments, update } from "../../model/adamw.ts"
import { type Part, type Workspace, workspace } from "../../model/workspace.ts"
import { stream } from "../../tensor/random.ts"

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

const numbers = (name: string, length: number) => stream(1, name).fillUniform(new Float32Array(length), -1, 1)

const arrayOf = (room: Workspace, name: string, part: Part) => room.array(name, part)!

/** Two updates of tensors in a workspace, and of the same ones outside it. */
const both = async (lengths: ReadonlyMap<string, number>, threads: number) => {
  const room = workspace(lengths, { threads })
  const outside = [...lengths].map(([name, length]) => ({
    name,
    values: numbers(name, length),
    moments: noMoments(length)
  }))
  for (const { name, values } of outside) arrayOf(room, name, "values").set(values)
  const squares: Array<[ReadonlyArray<number>, ReadonlyArray<number>]> = []
  try {
    for (const step of [1, 2]) {
      const expected = outside.map(({ moments, name, values }) => {
        const gradient = numbers(`${name} gradient ${step}`, values.length)
        arrayOf(room, name, "gradient").set(gradient)
        return update(values, gradient, moments, 0.1, optimizer)
      })
      const told = factors(step, 0.1, optimizer)
      squares.push([await room.update(outside.map(({ name }) => [name, told])), expected])
    }
  } finally {
    await room.dispose()
  }
  return { room, outside, squares }
}

describe("a workspace", () => {
  it.each([[1], [3]])("updates to the bits that other arrays would get, on %i threads", async (threads) => {
    // Enough for threads to be started, and ends of every kind.
    const lengths = new Map([["one", 1], ["odd", block + 3], ["many", 70 * block], ["whole", 8]])
    const { outside, room, squares } = await both(lengths, threads)
    for (const [found, expected] of squares) expect(found).toEqual(expected)
    for (const { moments, name, values } of outside) {
      expect(Buffer.compare(Buffer.from(arrayOf(room, name, "values").slice().buffer), Buffer.from(values.buffer)))
        .toBe(0)
      for (const part of ["expAvg", "expAvgSq"] as const) {
        const found = Buffer.from(arrayOf(room, name, part).slice().buffer)
        expect(Buffer.compare(found, Buffer.from(moments[part].buffer))).toBe(0)
      }
    }
  })

  it("updates only the tensors it is asked to", async () => {
    const room = workspace(new Map([["a", 4], ["b", 4]]), { threads: 1 })
    for (const name of ["a", "b"]) arrayOf(room, name, "gradient").fill(1)
    const [squares] = await room.update([["b", factors(1, 0.1, optimizer)]])
    expect(squares).toBe(4)
    expect([...arrayOf(room, "a", "values")]).toEqual([0, 0, 0, 0])
    expect(arrayOf(room, "b", "values")[0]).toBeCloseTo(-0.1, 6)
    await room.dispose()
  })

  it("has no room for what it was not told of", async () => {
    const room = workspace(new Map([["a", 4]]), { threads: 1 })
    expect(room.array("b", "values")).toBeUndefined()
    await room.dispose()
  })
})
