/** Key records of a graph, with stand-ins for code, engine, files and results. */
import { createHash } from "node:crypto"
import type { Graph, Instance, Ref } from "../../pipeline/graph.ts"
import * as Key from "../../pipeline/key.ts"
import type { Records } from "./compare.ts"

export const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

/** What an instance gives: an output stands for the key that made it. */
export const byKey = (_: Instance, key: string, output: string): string => sha256(key + output)

/** Records by instance; `give` is the digest of an output. */
export const recordsOf = (
  graph: Graph,
  give: (instance: Instance, key: string, output: string, input: (ref: Ref) => string) => string = byKey
): Records => {
  const outputs = new Map<string, string>()
  const input = ({ instance, output }: Ref) => outputs.get(`${instance} ${output}`)!
  return Object.fromEntries(graph.instances.map((instance) => {
    const record = Key.record(instance, {
      fingerprint: { code: instance.stage.source, packages: {} },
      engine: { name: "engine", fingerprint: { code: "engine", packages: {} } },
      input,
      file: sha256
    })
    const key = Key.of(record)
    for (const output of Object.keys(instance.stage.outputs)) {
      outputs.set(`${instance.id} ${output}`, give(instance, key, output, input))
    }
    return [instance.id, record]
  }))
}
