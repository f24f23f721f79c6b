/** Makes the minimal pairs: the generated suite in the training split's words, then BLiMP and others where given. */
import type { Body } from "../../pipeline/stage.ts"
import { fromRows } from "../../schemas/table.ts"
import type { Row } from "../../schemas/table.ts"
import { Pairs } from "../../schemas/tables.ts"
import { readBlimp } from "./blimp.ts"
import { readPairs } from "./pair-files.ts"
import type { pairs } from "./stage.ts"
import { sample } from "./suite/sample.ts"
import { paradigms } from "./suite/suite.ts"

export const body = async (io: Body<typeof pairs>): Promise<void> => {
  const { minimumCount, perParadigm, seed } = io.config
  const words = await io.read.words()
  const vocabulary = new Set(words.word.filter((_, index) => words.count[index]! >= minimumCount))
  const rows: Array<Row<typeof Pairs>> = []
  for (const [index, paradigm] of paradigms.entries()) {
    io.signal.throwIfAborted()
    const { name, phenomenon } = paradigm
    for (const [pair, { bad, good }] of sample(paradigm, { seed, count: perParadigm, vocabulary }).entries()) {
      rows.push({ suite: "generated", phenomenon, paradigm: name, pair, good, bad })
    }
    io.progress({ done: index + 1, total: paradigms.length, unit: "paradigms" })
  }
  for (const row of await readBlimp(io.files.blimp ?? [])) rows.push(row)
  for (const fields of io.config.suites) {
    io.signal.throwIfAborted()
    for (const row of await readPairs(io.files[`pairs.${fields.suite}`] ?? [], fields)) rows.push(row)
  }
  await io.write.pairs(fromRows(Pairs, rows))
}
