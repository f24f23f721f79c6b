/**
 * Provenance as a Provenance Run Crate (https://w3id.org/ro/wfrun/provenance/0.5), and so a Workflow Run Crate: a folder with
 * ro-crate-metadata.json, the study, and the files that were made for people. The study is the workflow, stages are its tools, results
 * their actions. Tables are told by digest; they stay in the store.
 */
import * as Digest from "../digest.ts"
import type { FolderFile } from "../folder.ts"
import { outputName, space } from "./names.ts"
import type { Code, Made, Package, Provenance } from "./provenance.ts"

type Entity =
  & { readonly "@id": string; readonly "@type": string | ReadonlyArray<string> }
  & Readonly<
    Record<string, unknown>
  >
interface Ref {
  readonly "@id": string
}
const ref = (id: string): Ref => ({ "@id": id })

/** Terms that the profiles add to RO-Crate's own. */
const terms = "https://w3id.org/ro/terms/workflow-run#"

const profiles = [
  { id: "https://w3id.org/ro/wfrun/process/0.5", name: "Process Run Crate", version: "0.5" },
  { id: "https://w3id.org/ro/wfrun/workflow/0.5", name: "Workflow Run Crate", version: "0.5" },
  { id: "https://w3id.org/ro/wfrun/provenance/0.5", name: "Provenance Run Crate", version: "0.5" },
  { id: "https://w3id.org/workflowhub/workflow-ro-crate/1.0", name: "Workflow RO-Crate", version: "1.0" }
] as const

const mediaTypes: Readonly<Record<string, string>> = {
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  md: "text/markdown",
  parquet: "application/vnd.apache.parquet",
  png: "image/png",
  svg: "image/svg+xml",
  tex: "application/x-tex",
  yaml: "application/yaml"
}

/** As the profile wants times: with a zone in digits. */
const time = (at: string): string => at.replace(/Z$/, "+00:00")

/** What a result is called within the crate. */
const action = ({ result }: Made): string => `#result/${result.key}`
const tool = ({ id, stage }: Code): string => `#code/${stage}/${id}`
const step = (stage: string): string => `#step/${stage}`
const table = (key: string, output: string): string => `#output/${outputName(key, output)}`
const file = (digest: string): string => `#file/${digest}`
const packageId = ({ name, version }: Package): string =>
  `https://www.npmjs.com/package/${name}/v/${version.split("+")[0]}#${version.split("+")[1] ?? ""}`

/** Settings are many and mostly the same: each name and value once. */
const setting = (name: string, value: unknown): string =>
  `#setting/${Digest.ofJson("setting/1", [name, value as string]).slice(0, 16)}`

/** The study as the workflow's file: its own file where that still says what was run, else its settings. */
export interface StudyFile extends FolderFile {
  readonly content: Uint8Array
}

/** As RO-Crate wants properties: one value is no list, and none is no property. */
const compact = (entity: Entity): Entity =>
  Object.fromEntries(
    Object.entries(entity).flatMap(([name, value]) =>
      !Array.isArray(value)
        ? [[name, value]]
        : value.length === 0
        ? []
        : [[name, value.length === 1 ? value[0] : value]]
    )
  ) as never

/** Collects entities, each once. */
const collection = () => {
  const entities = new Map<string, Entity>()
  return {
    add: (entity: Entity): Ref => {
      if (!entities.has(entity["@id"])) entities.set(entity["@id"], entity)
      return ref(entity["@id"])
    },
    all: () => [...entities.values()]
  }
}
type Collection = ReturnType<typeof collection>

const addCode = ({ add }: Collection, code: Code): Ref => {
  const packages = code.packages.map((one) =>
    add({
      "@id": packageId(one),
      "@type": "SoftwareApplication",
      name: one.name,
      version: one.version,
      url: `https://www.npmjs.com/package/${one.name}`
    })
  )
  const engine = code.engine === undefined ? [] : [
    add({
      "@id": `#engine/${code.engine.digest}`,
      "@type": "SoftwareSourceCode",
      name: `tensor engine ${code.engine.name}`,
      version: code.engine.digest
    })
  ]
  return add({
    "@id": tool(code),
    "@type": "SoftwareSourceCode",
    name: code.stage,
    ...(code.about === undefined ? {} : { description: code.about }),
    version: code.digest,
    softwareRequirements: [...packages, ...engine]
  })
}

const addUsage = ({ add }: Collection, { result }: Made): ReadonlyArray<Ref> =>
  [
    ["seconds", result.seconds, "https://qudt.org/vocab/unit/SEC"],
    ["memory", result.memory, "https://qudt.org/vocab/unit/BYTE"],
    ["threads", result.threads, "https://qudt.org/vocab/unit/NUM"]
  ].map(([name, value, unitCode]) =>
    add({
      "@id": `#usage/${result.key}/${name}`,
      "@type": "PropertyValue",
      name,
      propertyID: `${terms}${name}`,
      value: String(value),
      unitCode
    })
  )

/** A result as the action of its stage. `published` are files of the crate that it made. */
const addResult = (all: Collection, made: Made, published: ReadonlyArray<Ref>): Ref => {
  const { add } = all
  const { host, result, run } = made
  const inputs = made.inputs.map(({ digest, leaf, maker, output }) =>
    maker === undefined
      ? add({ "@id": `#data/${digest}`, "@type": "CreativeWork", name: leaf, identifier: digest })
      : ref(table(maker.key, output!))
  )
  const files = made.files.map(({ digest, name }) =>
    add({ "@id": file(digest), "@type": "CreativeWork", name, sha256: digest })
  )
  const settings = made.settings.map(({ name, value }) =>
    add({ "@id": setting(name, value), "@type": "PropertyValue", name, value: String(value) })
  )
  const outputs = Object.entries(result.outputs).map(([name, { bytes, digest, rows, size, table: kind }]) =>
    add({
      "@id": table(result.key, name),
      "@type": "CreativeWork",
      name: `${name} of ${result.instance}`,
      description: `table ${kind}, ${rows} rows`,
      encodingFormat: mediaTypes.parquet,
      identifier: digest,
      sha256: bytes,
      contentSize: String(size)
    })
  )
  const location = host === undefined ? {} : { location: add({ "@id": `#host/${host}`, "@type": "Place", name: host }) }
  return add({
    "@id": action(made),
    "@type": "CreateAction",
    name: result.instance,
    description: `key ${result.key}; event ${result.seq} of ${result.writer}${
      run === undefined ? "" : `, run ${run.run} of study ${run.study}`
    }`,
    identifier: result.key,
    instrument: addCode(all, made.code),
    object: [...inputs, ...files, ...settings],
    result: [...outputs, ...published],
    startTime: time(made.begun),
    endTime: time(made.ended),
    actionStatus: "http://schema.org/CompletedActionStatus",
    resourceUsage: addUsage(all, made),
    ...location
  })
}

/** For whoever opens the folder without a program that reads crates. */
const readme = ({ of, results, runs, software, study }: Provenance): FolderFile => ({
  path: "README.md",
  content: `# ${of} of study ${study}

A Provenance Run Crate: \`ro-crate-metadata.json\` says what made ${of}: ${results.length} results of ${runs.length} runs of
${software.name}, with their settings, code, packages, input files, times and hosts. Tables are named by the SHA-256 of their bytes
(\`sha256\`) and of their values (\`identifier\`); they are in the store, not here.
`
})

/** Files of the crate. `report` are the files that results asked for have made for people, by the key of the result. */
export const roCrate = (
  provenance: Provenance,
  study: StudyFile,
  report: ReadonlyMap<string, ReadonlyArray<FolderFile>>
): ReadonlyArray<FolderFile> => {
  const { asked, results, software } = provenance
  const all = collection()
  const { add } = all
  const program = add({
    "@id": `${space(software)}software:${software.version}`,
    "@type": "SoftwareApplication",
    name: software.name,
    softwareVersion: software.version
  })
  const parts: Array<Ref> = []
  const published = new Map<string, ReadonlyArray<Ref>>()
  for (const [key, files] of report) {
    const refs = files.map(({ content, path }) => {
      const bytes = Buffer.from(content)
      return add({
        "@id": encodeURI(path),
        "@type": "File",
        name: path,
        contentSize: String(bytes.length),
        sha256: Digest.ofBytes(bytes),
        encodingFormat: mediaTypes[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream"
      })
    })
    published.set(key, refs)
    parts.push(...refs)
  }
  const actions = results.map((made) => addResult(all, made, published.get(made.result.key) ?? []))
  const stages = [...new Set(results.map(({ result }) => result.stage))]
  const steps = stages.map((stage, position) =>
    add({
      "@id": step(stage),
      "@type": "HowToStep",
      name: stage,
      position: String(position),
      workExample: ref(tool(results.find(({ result }) => result.stage === stage)!.code))
    })
  )
  const controls = results.map((made) =>
    add({
      "@id": `#control/${made.result.key}`,
      "@type": "ControlAction",
      name: `making of ${made.result.instance}`,
      instrument: ref(step(made.result.stage)),
      object: ref(action(made))
    })
  )
  const language = add({ "@id": "#study-language", "@type": "ComputerLanguage", name: `study of ${software.name}` })
  const bytes = Buffer.from(study.content)
  const workflow = add({
    "@id": study.path,
    "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
    name: `study ${provenance.study}`,
    conformsTo: ref("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
    version: Digest.ofBytes(bytes),
    sha256: Digest.ofBytes(bytes),
    contentSize: String(bytes.length),
    encodingFormat: mediaTypes[study.path.slice(study.path.lastIndexOf(".") + 1)],
    programmingLanguage: language,
    hasPart: [...new Set(results.map(({ code }) => tool(code)))].map(ref),
    step: steps
  })
  parts.unshift(workflow)
  const about = readme(provenance)
  parts.push(
    add({ "@id": about.path, "@type": "File", name: about.path, encodingFormat: mediaTypes.md, about: ref("./") })
  )
  const begun = results.map((made) => made.begun).sort()[0] ?? ""
  const ended = asked.map((made) => made.ended).sort().at(-1) ?? ""
  const whole = add({
    "@id": "#making",
    "@type": "CreateAction",
    name: `${provenance.of} of study ${provenance.study}`,
    description: `${results.length} results, made by ${provenance.runs.length} runs: ${
      provenance.runs.map(({ started }) => started.run).join(", ")
    }`,
    instrument: workflow,
    object: [...new Set(results.flatMap(({ files }) => files.map(({ digest }) => file(digest))))].map(ref),
    result: asked.flatMap(({ result }) => [
      ...Object.keys(result.outputs).map((name) => ref(table(result.key, name))),
      ...(published.get(result.key) ?? [])
    ]),
    startTime: time(begun),
    endTime: time(ended),
    actionStatus: "http://schema.org/CompletedActionStatus"
  })
  add({
    "@id": "#engine-run",
    "@type": "OrganizeAction",
    name: `${software.name} at work`,
    instrument: program,
    object: controls,
    result: whole,
    startTime: time(begun),
    endTime: time(ended)
  })
  const license = add({
    "@id": `https://spdx.org/licenses/${software.license}`,
    "@type": "CreativeWork",
    name: software.license
  })
  const conforms = profiles.map(({ id, name, version }) => add({ "@id": id, "@type": "CreativeWork", name, version }))
  const metadata: Entity = {
    "@id": "ro-crate-metadata.json",
    "@type": "CreativeWork",
    about: ref("./"),
    conformsTo: [ref("https://w3id.org/ro/crate/1.1"), ref("https://w3id.org/workflowhub/workflow-ro-crate/1.0")]
  }
  const root: Entity = {
    "@id": "./",
    "@type": "Dataset",
    name: `${provenance.of} of study ${provenance.study}`,
    description:
      `Where ${provenance.of} of study ${provenance.study} comes from: ${results.length} results, back to data and code`,
    datePublished: ended.slice(0, 10),
    license,
    conformsTo: conforms,
    mainEntity: workflow,
    hasPart: parts,
    mentions: [whole, ref("#engine-run"), ...controls, ...actions]
  }
  const document = {
    "@context": [
      "https://w3id.org/ro/crate/1.1/context",
      { sha256: `${terms}sha256`, resourceUsage: { "@id": `${terms}resourceUsage`, "@type": "@id" } }
    ],
    "@graph": [metadata, root, ...all.all()].map(compact)
  }
  return [
    { path: "ro-crate-metadata.json", content: `${JSON.stringify(document, null, 1)}\n` },
    about,
    study,
    ...[...report.values()].flat()
  ]
}
