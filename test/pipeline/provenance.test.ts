import { describe, expect, it } from "vitest"
import * as Digest from "../../pipeline/digest.ts"
import { uuid } from "../../pipeline/provenance/names.ts"
import { openLineage } from "../../pipeline/provenance/open-lineage.ts"
import { provJson } from "../../pipeline/provenance/prov-json.ts"
import { study, toyCrate, toyProvenance } from "../fixtures/provenance.ts"
import { temporaryStore } from "../fixtures/toy.ts"

describe("provenance", () => {
  it("goes back to files and code, makers before takers, each result once, over all runs", async () => {
    const { asked, results, runs, settings, study } = await toyProvenance(temporaryStore())
    expect(results.map(({ result }) => result.instance)).toEqual([
      "make",
      "scale/two",
      "scale/three",
      "scale/five",
      "print"
    ])
    expect(asked.map(({ result }) => result.instance)).toEqual(["print"])
    const made = new Set<string>()
    for (const { begun, ended, inputs, result } of results) {
      for (const { maker } of inputs) expect(made).toContain(maker!.key)
      made.add(result.key)
      expect(Date.parse(begun)).toBeLessThanOrEqual(Date.parse(ended))
    }
    // What the first run made is told as its own.
    expect(runs).toHaveLength(2)
    expect(results[0]!.run!.run).toBe(runs[0]!.started.run)
    expect(results[4]!.run!.run).toBe(runs[1]!.started.run)
    expect(study).toBe("toy")
    expect(settings["arms.five"]).toBe(5)
    expect(results[0]!.files).toEqual([{ name: "seed.seed", digest: Digest.ofBytes(Buffer.from("one")) }])
    expect(results[1]!.code).toMatchObject({ stage: "scale", digest: "code of scale", engine: { name: "toy 1" } })
    expect(results[1]!.code.id).toBe(results[2]!.code.id)
    expect(results[1]!.settings).toEqual([{ name: "factor", value: 2 }, { name: "digits", value: 0 }])
  })

  it("of a run is that of what it made or took up", async () => {
    const { asked, results } = await toyProvenance(temporaryStore(), 1)
    expect(asked.map(({ result }) => result.instance).sort()).toEqual(["print", "scale/five", "sum"])
    expect(results).toHaveLength(6)
  })

  it("gives names that depend on nothing but what is named", () => {
    expect(uuid("urn:toy:run:a")).toBe("43aea911-a71f-537a-a74b-e24bcc12a371")
  })
})

interface Prov {
  readonly prefix: Record<string, string>
  readonly entity: Record<string, Record<string, unknown>>
  readonly activity: Record<string, Record<string, unknown>>
  readonly agent: Record<string, unknown>
  readonly used: Record<string, Record<string, string>>
  readonly wasGeneratedBy: Record<string, Record<string, string>>
  readonly wasAssociatedWith: Record<string, Record<string, string>>
}

describe("PROV-JSON", () => {
  it("has every result, table, file and code, and relations between what it has", async () => {
    const provenance = await toyProvenance(temporaryStore())
    const text = provJson(provenance)
    const prov = JSON.parse(text) as Prov
    for (const { files, inputs, result } of provenance.results) {
      const id = `result:${result.key}`
      expect(prov.activity[id]).toMatchObject({
        "prov:label": result.instance,
        "pipeline:key": result.key,
        "pipeline:host": "here"
      })
      const used = Object.values(prov.used).filter((relation) => relation["prov:activity"] === id)
      expect(used.map((relation) => relation["prov:role"])).toEqual([
        ...inputs.map(({ leaf }) => leaf),
        ...files.map(({ name }) => `file.${name}`)
      ])
      for (const [output, { bytes, digest, size }] of Object.entries(result.outputs)) {
        expect(prov.entity[`output:${result.key}/${output}`]).toMatchObject({
          "pipeline:digest": digest,
          "pipeline:sha256": bytes,
          "pipeline:size": { $: String(size), type: "xsd:long" }
        })
      }
    }
    const known = {
      "prov:entity": prov.entity,
      "prov:activity": prov.activity,
      "prov:agent": prov.agent,
      "prov:plan": prov.entity
    }
    for (const relations of [prov.used, prov.wasGeneratedBy, prov.wasAssociatedWith]) {
      for (const relation of Object.values(relations)) {
        for (const [role, all] of Object.entries(known)) {
          if (role in relation) expect(all).toHaveProperty([relation[role]!])
        }
      }
    }
    // One maker a table.
    const generated = Object.values(prov.wasGeneratedBy).map((relation) => relation["prov:entity"])
    expect(new Set(generated).size).toBe(generated.length)
    for (const [prefix, name] of Object.entries(prov.prefix)) expect(name).toBe(`urn:toy-pipeline:${prefix}:`)
    const ids = [prov.entity, prov.activity, prov.agent].flatMap((all) => Object.keys(all))
    for (const id of ids) expect(prov.prefix, id).toHaveProperty(id.slice(0, id.indexOf(":")))
    expect(provJson(provenance)).toBe(text)
  })
})

interface LineageEvent {
  readonly eventType: string
  readonly eventTime: string
  readonly run: { readonly runId: string; readonly facets: Record<string, Record<string, unknown>> }
  readonly job: { readonly namespace: string; readonly name: string }
  readonly inputs?: ReadonlyArray<{ readonly name: string; readonly facets: Record<string, Record<string, unknown>> }>
  readonly outputs?: LineageEvent["inputs"]
}

describe("OpenLineage", () => {
  it("has a beginning and an end of each result, with datasets that are another's outputs, below their runs", async () => {
    const provenance = await toyProvenance(temporaryStore())
    const text = openLineage(provenance)
    const events = text.trim().split("\n").map((line) => JSON.parse(line) as LineageEvent)
    const times = events.map(({ eventTime }) => eventTime)
    expect(times).toEqual(times.toSorted())
    const runs = new Set(provenance.runs.map(({ started }) => uuid(`urn:toy-pipeline:run:${started.run}`)))
    const made = new Map<string, unknown>()
    for (const { result } of provenance.results) {
      const own = events.filter(({ job }) => job.name === `toy.${result.instance}`)
      expect(own.map(({ eventType }) => eventType)).toEqual(["START", "COMPLETE"])
      expect(new Set(own.map(({ run }) => run.runId)).size).toBe(1)
      const { inputs, outputs, run } = own[1]!
      expect(run.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(runs).toContain((run.facets.parent!.run as { runId: string }).runId)
      expect(run.facets.pipeline_result).toMatchObject({ key: result.key, record: result.record, host: "here" })
      for (const { facets, name } of inputs!) {
        if (name !== "seed.seed") expect(made.get(name)).toBe(facets.version!.datasetVersion)
      }
      for (const { facets, name } of outputs!) made.set(name, facets.version!.datasetVersion)
    }
    for (const { facets } of events.flatMap(({ inputs = [], outputs = [], run }) => [run, ...inputs, ...outputs])) {
      for (const facet of Object.values(facets)) {
        expect(facet).toMatchObject({
          _producer: "urn:toy-pipeline:software:1.2.3",
          _schemaURL: expect.any(String) as string
        })
      }
    }
    expect(openLineage(provenance)).toBe(text)
  })
})

type Entity = Readonly<Record<string, unknown>> & { readonly "@id": string; readonly "@type": string | Array<string> }

describe("RO-Crate", () => {
  const crateOf = async () => {
    const provenance = await toyProvenance(temporaryStore())
    const files = toyCrate(provenance)
    const metadata = String(files.find(({ path }) => path === "ro-crate-metadata.json")!.content)
    const graph = (JSON.parse(metadata) as { readonly "@graph": ReadonlyArray<Entity> })["@graph"]
    const byId = new Map(graph.map((entity) => [entity["@id"], entity]))
    const typed = (type: string) => graph.filter((entity) => [entity["@type"]].flat().includes(type))
    return { provenance, files, metadata, graph, byId, typed }
  }
  const refs = (value: unknown): ReadonlyArray<string> =>
    [value].flat().flatMap((item) =>
      item !== null && typeof item === "object" && "@id" in item ? [(item as { "@id": string })["@id"]] : []
    )

  it("defines every entity once, and whatever it refers to", async () => {
    const { byId, graph } = await crateOf()
    expect(byId.size).toBe(graph.length)
    for (const entity of graph) {
      for (const [name, value] of Object.entries(entity)) {
        if (name === "conformsTo") continue
        for (const id of refs(value)) expect(byId.has(id), `${entity["@id"]} ${name} ${id}`).toBe(true)
      }
    }
  })

  it("has what its profiles ask of workflow, tools, steps and actions", async () => {
    const { byId, provenance, typed } = await crateOf()
    const root = byId.get("./")!
    for (const name of ["name", "description", "datePublished", "license"]) expect(root[name], name).toBeTruthy()
    expect(refs(root.conformsTo)).toEqual([
      "https://w3id.org/ro/wfrun/process/0.5",
      "https://w3id.org/ro/wfrun/workflow/0.5",
      "https://w3id.org/ro/wfrun/provenance/0.5",
      "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
    ])
    const workflow = byId.get(refs(root.mainEntity)[0]!)!
    expect(workflow["@type"]).toEqual(["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"])
    expect(byId.get(refs(workflow.programmingLanguage)[0]!)!["@type"]).toBe("ComputerLanguage")
    const tools = refs(workflow.hasPart)
    expect(tools).toHaveLength(3)
    const actions = typed("CreateAction")
    expect(actions).toHaveLength(provenance.results.length + 1)
    for (const id of [...tools, workflow["@id"]]) {
      expect(actions.some(({ instrument }) => refs(instrument).includes(id)), id).toBe(true)
    }
    for (const { instrument, object } of typed("ControlAction")) {
      expect(byId.get(refs(instrument)[0]!)!["@type"]).toBe("HowToStep")
      expect(byId.get(refs(object)[0]!)!["@type"]).toBe("CreateAction")
    }
    expect(typed("ControlAction")).toHaveLength(provenance.results.length)
    for (const one of typed("HowToStep")) {
      expect(refs(workflow.step)).toContain(one["@id"])
      expect(tools).toContain(refs(one.workExample)[0])
    }
    const [engine] = typed("OrganizeAction")
    expect(byId.get(refs(engine!.instrument)[0]!)).toMatchObject({
      "@type": "SoftwareApplication",
      softwareVersion: "1.2.3"
    })
    for (const { endTime, startTime } of actions) {
      for (const time of [endTime, startTime]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
    }
  })

  it("names each table by its digests, and takes what a maker gave", async () => {
    const { byId, provenance } = await crateOf()
    for (const { inputs, result, settings } of provenance.results) {
      const action = byId.get(`#result/${result.key}`)!
      for (const [output, { bytes, digest, size }] of Object.entries(result.outputs)) {
        const id = `#output/${result.key}/${output}`
        expect(byId.get(id)).toMatchObject({ sha256: bytes, identifier: digest, contentSize: String(size) })
        expect(refs(action.result)).toContain(id)
      }
      const taken = refs(action.object)
      for (const { maker, output } of inputs) expect(taken).toContain(`#output/${maker!.key}/${output}`)
      const told = taken.map((id) => byId.get(id)!).filter((entity) => entity["@type"] === "PropertyValue")
      expect(told.map(({ name, value }) => [name, value])).toEqual(
        settings.map(({ name, value }) => [name, String(value)])
      )
    }
  })

  it("holds every file that it tells, and no other, with its size and digest", async () => {
    const { byId, files, typed } = await crateOf()
    const told = typed("File").map((entity) => decodeURI(entity["@id"])).sort()
    expect(told).toEqual(files.map(({ path }) => path).filter((path) => path !== "ro-crate-metadata.json").sort())
    expect(refs(byId.get("./")!.hasPart).map(decodeURI).sort()).toEqual(told)
    for (const { content, path } of files) {
      const entity = byId.get(encodeURI(path))!
      if (entity.sha256 === undefined) continue
      expect([entity.sha256, entity.contentSize]).toEqual([
        Digest.ofBytes(Buffer.from(content)),
        String(Buffer.from(content).length)
      ])
    }
    expect(files.find(({ path }) => path === study.path)!.content).toEqual(study.content)
  })

  it("is the same whenever it is written", async () => {
    const provenance = await toyProvenance(temporaryStore())
    expect(toyCrate(provenance)).toEqual(toyCrate(provenance))
  })
})
