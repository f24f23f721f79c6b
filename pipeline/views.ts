/** SQL views over the artifacts of a study: one a table, the labels of each instance as columns in front. */
import type { Graph } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import { identifier as name, quoted as text } from "./query.ts"

/** Statements that make the views; `result` gives what an instance stands for, `path` the file of an object. */
export const statements = (
  graph: Graph,
  result: (instance: string) => Success | undefined,
  path: (bytes: string) => string
): ReadonlyArray<string> => {
  const selects = new Map<string, Array<string>>()
  for (const instance of graph.instances) {
    const outputs = result(instance.id)?.outputs
    if (outputs === undefined) continue
    for (const [output, table] of Object.entries(instance.stage.outputs)) {
      const labels = Object.entries(instance.labels).filter(([label]) => !(label in table.columns))
        .map(([label, value]) => `${typeof value === "number" ? value : text(value)} as ${name(label)}`)
      const from = `read_parquet(${text(path(outputs[output]!.bytes))})`
      const select = `select ${[text(instance.id) + " as instance", ...labels, "*"].join(", ")} from ${from}`
      selects.set(table.name, [...(selects.get(table.name) ?? []), select])
    }
  }
  return [...selects].map(([table, parts]) => `create view ${name(table)} as\n${parts.join("\nunion all by name\n")}`)
}

/** The statement that makes the view of events. */
export const events = (folder: string): string =>
  `create view events as select * from read_json(${
    text(`${folder}/*.ndjson`)
  }, format = 'newline_delimited', union_by_name = true, ignore_errors = true) order by seq, writer`
