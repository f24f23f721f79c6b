import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { initialise } from "../../../model/parameters.ts"
import type { TrainingState } from "../../../model/state.ts"
import { floats } from "../../../model/state.ts"
import { gradientName, trainingGraph } from "../../../model/training-graph.ts"
import { toRows } from "../../../schemas/table.ts"
import type { Columns } from "../../../schemas/table.ts"
import { Dynamics, Intruders, type Probe, Similarity } from "../../../schemas/tables.ts"
import { body } from "../../../stages/probe/body.ts"
import { body as dynamicsBody } from "../../../stages/probe/dynamics.ts"
import { body as similarityBody } from "../../../stages/probe/similarity.ts"
import { dynamics, probe, similarity } from "../../../stages/probe/stage.ts"
import { windows } from "../../../stages/probe/windows.ts"
import { engine } from "../../../tensor/engines.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState, relora } from "../../model/methods.ts"
import { micro } from "../../model/shapes.ts"
import { runBody } from "../run-body.ts"
import { checkpointTable, type Entry } from "../spectra/checkpoint-table.ts"

const length = 6
const numbers = stream(3, "held out")
const heldout = {
  domain: Array<string>(100).fill("fiction"),
  text: Int32Array.from({ length: 100 }, (_, at) => Math.floor(at / 30)),
  token: Int32Array.from({ length: 100 }, () => numbers.below(micro.vocabulary))
}
const method = relora({ dropout: 0, initA: "kaiming" })
const scale = method.kind === "relora" ? method.alpha / method.rank : 0

const state: TrainingState = initialState(micro, method)
for (const [name, { values }] of state) if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.2, 0.2)

/** The checkpoint of a state: effective weights, and the pairs. */
const entries = (of: TrainingState): ReadonlyArray<Entry> =>
  [...of].flatMap(([name, { shape, values }]): ReadonlyArray<Entry> => {
    const [rows, columns] = shape.length === 2 ? shape as [number, number] : [1, shape[0]!]
    const pair = /\.[AB]$/.exec(name)
    if (pair) return [[name.slice(0, -2), pair[0].slice(1), { rows, columns, values }]]
    const a = of.get(`${name}.A`), b = of.get(`${name}.B`)
    const effective = a && b ? Float32Array.from(plusProduct(values, a, b, scale)) : values
    return [[name, "effective", { rows, columns, values: effective }]]
  })

const run = async (of: TrainingState, sequences = 14, with_: number | null = scale): Promise<Columns<typeof Probe>> => {
  const checkpoint = checkpointTable(entries(of))
  const { outputs } = await runBody(probe, body, { model: micro, scale: with_, sequences, length }, {
    checkpoint,
    heldout
  })
  return outputs.probe
}
const part = (table: Columns<typeof Probe>, name: string, wanted: string) =>
  floats(table.data[table.name.findIndex((one, row) => one === name && table.part[row] === wanted)]!)

describe("windows", () => {
  it("are spread over texts, within one text each, and overlap by the token that is only predicted", () => {
    // 30 tokens give four windows of 6 predictions; the last text has 10 and gives one
    const all = windows(heldout, { length, sequences: 100 })
    expect(all).toHaveLength(13)
    expect(all[1]).toEqual(heldout.token.slice(6, 13))
    expect(all[4]).toEqual(heldout.token.slice(30, 37))
    expect(windows(heldout, { length, sequences: 3 }).map((one) => [...one])).toEqual(
      [0, 4, 8].map((at) => [...all[at]!])
    )
  })

  it("of more tokens than any text has are an error that says what to change", () => {
    expect(() => windows(heldout, { length: 30, sequences: 2 })).toThrow("analysis.probe.length")
  })
})

describe("a probe", () => {
  it("has the gradients that training would have without dropout, of the weight and of the pair", async () => {
    const found = await run(state)
    const batch = windows(heldout, { length, sequences: 14 })
    const feeds = {
      ...Object.fromEntries([...state].map(([name, { values }]) => [name, values])),
      tokens: Int32Array.from(batch.flatMap((one) => Array.from(one.subarray(0, -1)))),
      targets: Int32Array.from(batch.flatMap((one) => Array.from(one.subarray(1))))
    }
    const { graph, outputs } = trainingGraph(micro, adaptation(method), { rows: batch.length, length })
    const trained = await (await (await engine("reference")).compile(graph, outputs, { threads: 1 })).run(feeds)
    const full = trainingGraph(micro, adaptation({ kind: "full-rank" }), { rows: batch.length, length })
    const effective = Object.fromEntries(
      entries(state).filter(([, of]) => of === "effective").map(([name, , { values }]) => [name, values])
    )
    const whole = await (await (await engine("reference")).compile(full.graph, full.outputs, { threads: 1 }))
      .run({ ...effective, tokens: feeds.tokens, targets: feeds.targets } as never)
    for (const name of ["layers.0.attention.v_proj", "layers.1.attention.o_proj", "layers.1.swiglu.w_2"]) {
      for (
        const [wanted, expected] of [
          ["gradient", whole[gradientName(name)]!],
          ["gradient_A", trained[gradientName(`${name}.A`)]!],
          ["gradient_B", trained[gradientName(`${name}.B`)]!]
        ] as const
      ) {
        const actual = part(found, name, wanted)
        expect(actual.length).toBe(expected.length)
        const size = Math.hypot(...expected)
        expect(size).toBeGreaterThan(1e-6)
        expect(Math.hypot(...actual.map((value, at) => value - expected[at]!)) / size, `${name} ${wanted}`)
          .toBeLessThan(1e-5)
      }
    }
  })

  it("has activations of the last position of each window alone", async () => {
    const changed = { ...heldout, token: heldout.token.slice() }
    // token 5 is the last that the first window reads, token 6 the one it only predicts
    changed.token[5] = (changed.token[5]! + 1) % micro.vocabulary
    const [before, after] = [
      await run(state),
      await runBody(probe, body, { model: micro, scale, sequences: 14, length }, {
        checkpoint: checkpointTable(entries(state)),
        heldout: changed
      })
    ]
    const name = "layers.0.attention.v_proj"
    const [a, b] = [part(before, name, "activation"), part(after.outputs.probe, name, "activation")]
    const width = a.length / 13
    expect(a.slice(0, width)).not.toEqual(b.slice(0, width))
    expect(a.slice(width)).toEqual(b.slice(width))
  })

  it("is the same for the same weights, whatever made them", async () => {
    const plain: TrainingState = new Map(
      [...initialise(micro, 1)].map(([name, values]) => [name, { shape: state.get(name)!.shape, values }])
    )
    const first = await run(plain, 14, null), again = await run(plain, 14, null)
    expect(first).toEqual(again)
    expect(new Set(first.part)).toEqual(new Set(["activation", "gradient"]))
  })

  it("refuses a pair whose scale it does not know", async () => {
    await expect(run(state, 14, null)).rejects.toThrow("its scale is not known")
  })
})

describe("what is made of probes", () => {
  it("is finite where matrices are not zero, and flagged where they are", async () => {
    const dead: TrainingState = new Map(
      [...state].map((
        [name, tensor]
      ) => [name, { ...tensor, values: name.endsWith(".B") ? new Float32Array(tensor.values.length) : tensor.values }])
    )
    const initial = checkpointTable(entries(dead))
    const { outputs } = await runBody(
      dynamics,
      dynamicsBody,
      { step: 9, layers: micro.layers, heads: micro.heads, kvHeads: micro.kvHeads },
      { probe: await run(dead), checkpoint: initial, initial }
    )
    const rows = toRows(Dynamics, outputs.dynamics)
    const perLayer = 3 * 4 + micro.heads
    expect(rows).toHaveLength(micro.layers * perLayer)
    for (const row of rows) {
      const zero = row.kind === "gradient_A" // s·Bᵀ·G with B = 0
      expect(row.frobenius === 0, `${row.component} ${row.kind}`).toBe(zero)
      expect(Number.isNaN(row.per), `${row.component} ${row.kind}`).toBe(zero)
      if (zero) expect(row.zeros).toBe(Math.min(row.rows, row.columns))
      expect(Number.isNaN(row.anisotropy)).toBe(row.kind !== "activation")
    }
    expect(toRows(Intruders, outputs.intruders).map((row) => row.intruders)).toEqual(Array(6).fill(0))
  })

  it("likens each checkpoint to the last and to the one before", async () => {
    const first = await run(state),
      other = await run(
        new Map(
          [...state].map(([name, tensor]) => [name, {
            ...tensor,
            values: name.endsWith(".B")
              ? tensor.values.map((x) => 3 * x)
              : tensor.values
          }])
        )
      )
    const { outputs } = await runBody(similarity, similarityBody, { layers: micro.layers }, {
      probes: [{ labels: { step: 20 }, value: other }, { labels: { step: 10 }, value: first }, {
        labels: { step: 0 },
        value: first
      }]
    })
    const rows = toRows(Similarity, outputs.similarity)
    expect(rows.slice(0, 4).map(({ other: to, step }) => `${step} ${to}`)).toEqual(["0 20", "10 0", "10 20", "20 10"])
    for (const { cka, other: to, step } of rows) {
      if (step === 10 && to === 0) expect(cka).toBeCloseTo(1, 12)
      else expect(cka).toBeLessThan(1 - 1e-6)
    }
  })
})
