/**
 * Seconds to write and to read the checkpoint of the study's small model, 64,595,328 parameters, as the pipeline does both.
 * Run as a program: node bench/checkpoint.ts [folder]
 *
 * WRITE is what stands between the last step and a result: the Parquet file, then the table read back and its logical
 * digest, and beside that the digest of the bytes on another thread. READ is what the next segment does before its first
 * step: the table and the state of it, and beside that the digest of the bytes. Then their parts, one by one. The sync to
 * the disk runs beside the digests; it is the disk's time, and told by itself.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { noMoments } from "../model/adamw.ts"
import { count, initialise, parameters } from "../model/parameters.ts"
import { fromTensors, toTensors, type TrainingState } from "../model/state.ts"
import { ofFile, ofFileAside } from "../pipeline/digest.ts"
import * as TableFile from "../pipeline/table-file.ts"
import { ModelShape } from "../schemas/model.ts"
import { Tensors } from "../schemas/tables.ts"
import { stream } from "../tensor/random.ts"

const small = ModelShape.parse({ width: 384, hidden: 1536, layers: 12, heads: 12, kvHeads: 4, vocabulary: 50_304 })
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "checkpoint-"))

const stateOf = (withMoments: boolean): TrainingState => {
  const weights = initialise(small, 1)
  return new Map(
    parameters(small).map(({ name, shape }) => {
      const values = weights.get(name)!
      if (!withMoments) return [name, { shape, values }]
      const moments = { ...noMoments(values.length), step: 1000 }
      stream(1, name).fillUniform(moments.expAvg, -1, 1)
      moments.expAvgSq.set(moments.expAvg)
      return [name, { shape, values, moments }]
    })
  )
}

/** Seconds of the processor, all threads together: what a loaded machine does not change much. */
const processorSeconds = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1e6
}

const timed = async <A>(work: () => Promise<A> | A): Promise<readonly [seconds: number, A]> => {
  const begun = performance.now()
  const result = await work()
  return [(performance.now() - begun) / 1000, result]
}

try {
  console.log(`${count(parameters(small)).toLocaleString("en")} parameters; best of 3`)
  for (const [what, withMoments] of [["parameters alone", false], ["parameters and both moments", true]] as const) {
    const state = stateOf(withMoments)
    const best: Record<string, number> = {}
    const note = (part: string, seconds: number) => (best[part] = Math.min(best[part] ?? Infinity, seconds))
    let size = 0
    for (let turn = 0; turn < 3; turn++) {
      const path = join(folder, `${turn}.parquet`)
      const columns = toTensors(state)
      const before = processorSeconds()
      const [wrote] = await timed(() => TableFile.write(path, Tensors, columns))
      const readBack = async () => TableFile.digest(Tensors, await TableFile.read(path, Tensors))
      const [digested] = await timed(() => Promise.all([ofFileAside(path), readBack()]))
      note("processor, writing", processorSeconds() - before)
      const resume = async () => fromTensors(await TableFile.read(path, Tensors))
      const between = processorSeconds()
      const [resumed] = await timed(() => Promise.all([ofFileAside(path), resume()]))
      note("processor, reading", processorSeconds() - between)
      const [table, found] = await timed(() => TableFile.read(path, Tensors))
      const [logical] = await timed(() => TableFile.digest(Tensors, found))
      const [bytes] = await timed(() => ofFile(path))
      const [made] = await timed(() => fromTensors(found))
      const descriptor = openSync(path, "r+")
      const [synced] = await timed(() => fsyncSync(descriptor))
      closeSync(descriptor)
      note("WRITE", wrote + digested)
      note("READ", resumed)
      note("file", wrote)
      note("table", table)
      note("logical digest", logical)
      note("digest of bytes", bytes)
      note("state", made)
      note("sync", synced)
      size = statSync(path).size
      rmSync(path)
    }
    console.log(
      `${what}, ${(size / 1e6).toFixed(0)} MB: ${
        Object.entries(best).map(([part, seconds]) => `${part} ${seconds.toFixed(2)} s`).join(", ")
      }`
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
