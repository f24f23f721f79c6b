/**
 * Provenance as W3C PROV-JSON (https://www.w3.org/submissions/prov-json/): results are activities, their tables and external files
 * entities, code and this program software agents, the study the plan.
 */
import { outputName, space } from "./names.ts"
import type { Code, Made, Provenance } from "./provenance.ts"

type Value = string | { readonly $: string; readonly type: string }
type Attributes = Readonly<Record<string, Value | ReadonlyArray<Value>>>
type Records = Record<string, Attributes>

const typed = (value: number, type: string): Value => ({ $: String(value), type })
const qualified = (name: string): Value => ({ $: name, type: "prov:QUALIFIED_NAME" })

const activityOf = ({ begun, ended, host, result, settings }: Made): Attributes => ({
  "prov:label": result.instance,
  "prov:type": qualified("pipeline:Result"),
  "prov:startTime": begun,
  "prov:endTime": ended,
  "pipeline:instance": result.instance,
  "pipeline:stage": result.stage,
  "pipeline:key": result.key,
  "pipeline:run": result.run,
  "pipeline:event": `${result.seq} of ${result.writer}`,
  "pipeline:seconds": typed(result.seconds, "xsd:double"),
  "pipeline:threads": typed(result.threads, "xsd:int"),
  "pipeline:memory": typed(result.memory, "xsd:long"),
  ...(host === undefined ? {} : { "pipeline:host": host }),
  "pipeline:settings": JSON.stringify(Object.fromEntries(settings.map(({ name, value }) => [name, value])))
})

const agentOf = ({ about, digest, engine, packages, stage }: Code): Attributes => ({
  "prov:label": `code of ${stage}`,
  "prov:type": [qualified("prov:SoftwareAgent"), qualified("pipeline:Code")],
  "pipeline:stage": stage,
  "pipeline:code": digest,
  ...(about === undefined ? {} : { "pipeline:about": about }),
  ...(packages.length === 0 ? {} : { "pipeline:package": packages.map(({ name, version }) => `${name} ${version}`) }),
  ...(engine === undefined ? {} : { "pipeline:engine": engine.name, "pipeline:engineCode": engine.digest })
})

/** Relations of one kind, which have no names of their own: they are numbered. */
const relations = (kind: string) => {
  const records: Records = {}
  let count = 0
  return {
    records,
    add: (attributes: Attributes) => {
      count += 1
      records[`_:${kind}${count}`] = attributes
    }
  }
}

/** One PROV-JSON document. */
export const provJson = (provenance: Provenance): string => {
  const { results, settings, software, study } = provenance
  const entity: Records = {}
  const activity: Records = {}
  const agent: Records = {}
  const used = relations("u")
  const wasGeneratedBy = relations("g")
  const wasAssociatedWith = relations("a")
  const actedOnBehalfOf = relations("d")
  const plan = `study:${study}`
  const program = `software:${software.version}`
  entity[plan] = {
    "prov:label": `study ${study}`,
    "prov:type": qualified("prov:Plan"),
    "pipeline:settings": JSON.stringify(settings)
  }
  agent[program] = {
    "prov:label": `${software.name} ${software.version}`,
    "prov:type": qualified("prov:SoftwareAgent")
  }
  for (const made of results) {
    const { result } = made
    const id = `result:${result.key}`
    activity[id] = activityOf(made)
    for (const { digest, leaf, maker, output } of made.inputs) {
      const taken = maker === undefined ? `data:${digest}` : `output:${outputName(maker.key, output!)}`
      if (maker === undefined) entity[taken] = { "prov:label": leaf, "pipeline:digest": digest }
      used.add({ "prov:activity": id, "prov:entity": taken, "prov:role": leaf })
    }
    for (const { digest, name } of made.files) {
      const file = `file:${digest}`
      entity[file] = { "prov:label": name, "prov:type": qualified("pipeline:File"), "pipeline:sha256": digest }
      used.add({ "prov:activity": id, "prov:entity": file, "prov:role": `file.${name}` })
    }
    for (const [name, { bytes, digest, rows, size, table }] of Object.entries(result.outputs)) {
      const output = `output:${outputName(result.key, name)}`
      entity[output] = {
        "prov:label": `${name} of ${result.instance}`,
        "prov:type": qualified("pipeline:Table"),
        "pipeline:table": table,
        "pipeline:digest": digest,
        "pipeline:sha256": bytes,
        "pipeline:size": typed(size, "xsd:long"),
        "pipeline:rows": typed(rows, "xsd:long")
      }
      wasGeneratedBy.add({ "prov:entity": output, "prov:activity": id, "prov:time": made.ended, "prov:role": name })
    }
    const code = `code:${made.code.stage}-${made.code.id}`
    if (agent[code] === undefined) {
      agent[code] = agentOf(made.code)
      actedOnBehalfOf.add({ "prov:delegate": code, "prov:responsible": program })
    }
    wasAssociatedWith.add({ "prov:activity": id, "prov:agent": code, "prov:plan": plan })
  }
  const prefix = Object.fromEntries(
    ["pipeline", "result", "output", "data", "file", "code", "study", "software"].map((name) => [
      name,
      `${space(software)}${name}:`
    ])
  )
  const document = {
    prefix,
    entity,
    activity,
    agent,
    used: used.records,
    wasGeneratedBy: wasGeneratedBy.records,
    wasAssociatedWith: wasAssociatedWith.records,
    actedOnBehalfOf: actedOnBehalfOf.records
  }
  return `${JSON.stringify(document, null, 1)}\n`
}
