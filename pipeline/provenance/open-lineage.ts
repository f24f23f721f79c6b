/**
 * Provenance as OpenLineage events (https://openlineage.io, form 2.0.2), one JSON object a line: each run of the pipeline, and below it
 * each result, as a run of its own with datasets in and out.
 */
import { outputName, space, uuid } from "./names.ts"
import type { Made, Provenance } from "./provenance.ts"

const specification = "https://openlineage.io/spec"
const eventSchema = `${specification}/2-0-2/OpenLineage.json#/$defs/RunEvent`

/** Versions of the facets' schemas. */
const versions = {
  ParentRunFacet: "1-2-0",
  ProcessingEngineRunFacet: "1-1-1",
  JobTypeJobFacet: "2-0-4",
  DocumentationJobFacet: "1-1-0",
  DatasetVersionDatasetFacet: "1-0-1",
  OutputStatisticsOutputDatasetFacet: "1-0-2"
} as const

type Json = Readonly<Record<string, unknown>>
interface Dated {
  readonly at: string
  readonly event: Json
}

/** Events in the order of their times. */
export const openLineage = (provenance: Provenance): string => {
  const { results, runs, software } = provenance
  const producer = `${space(software)}software:${software.version}`
  const namespace = software.name
  const facet = (name: keyof typeof versions, content: Json): Json => ({
    _producer: producer,
    _schemaURL: `${specification}/facets/${versions[name]}/${name}.json#/$defs/${name}`,
    ...content
  })
  /** A facet of our own: docs/provenance.md says what is in it. */
  const own = (name: string, content: Json): Json => ({
    _producer: producer,
    _schemaURL: `${space(software)}facet:${name}:1`,
    ...content
  })
  const runId = (name: string) => uuid(`${space(software)}${name}`)
  const version = (datasetVersion: string) => facet("DatasetVersionDatasetFacet", { datasetVersion })
  const jobOfRun = (study: string) => ({ namespace, name: study })
  const event = (eventType: string, at: string, run: Json, job: Json, rest: Json = {}): Dated => ({
    at,
    event: { eventType, eventTime: at, run, job, producer, schemaURL: eventSchema, ...rest }
  })

  const ofRun = ({ finished, started }: Provenance["runs"][number]): ReadonlyArray<Dated> => {
    const { host, jobs, pid, run, settings, study, studyFile, targets, threads } = started
    const facets = {
      processing_engine: facet("ProcessingEngineRunFacet", { name: software.name, version: software.version }),
      pipeline_run: own("pipeline_run", { run, host, pid, jobs, threads, targets, studyFile, settings })
    }
    const job = {
      ...jobOfRun(study),
      facets: {
        jobType: facet("JobTypeJobFacet", { processingType: "BATCH", integration: software.name, jobType: "DAG" })
      }
    }
    const outcomes = { done: "COMPLETE", failed: "FAIL", interrupted: "ABORT" } as const
    const identity = { runId: runId(`run:${run}`), facets }
    return [
      event("START", started.at, identity, job),
      // A run that was killed has no end that anybody saw.
      ...(finished === undefined ? [] : [event(outcomes[finished.outcome], finished.at, identity, job)])
    ]
  }

  const inputsOf = ({ files, inputs }: Made) => [
    ...inputs.map(({ digest, leaf, maker, output }) => ({
      namespace,
      name: maker === undefined ? digest : outputName(maker.instance, output!),
      facets: {
        version: version(digest),
        pipeline_input: own("pipeline_input", { leaf, digest, key: maker?.key ?? null })
      }
    })),
    ...files.map(({ digest, name }) => ({ namespace: `${namespace}.file`, name, facets: { version: version(digest) } }))
  ]

  const outputsOf = ({ result }: Made) =>
    Object.entries(result.outputs).map(([name, { bytes, digest, rows, size, table }]) => ({
      namespace,
      name: outputName(result.instance, name),
      facets: {
        version: version(digest),
        pipeline_output: own("pipeline_output", { table, digest, sha256: bytes, size, rows, key: result.key })
      },
      outputFacets: {
        outputStatistics: facet("OutputStatisticsOutputDatasetFacet", { rowCount: rows, size, fileCount: 1 })
      }
    }))

  const ofResult = (made: Made): ReadonlyArray<Dated> => {
    const { begun, code, ended, host, result, run } = made
    const { instance, key, memory, record, seconds, seq, stage, threads, writer } = result
    const parent = run === undefined ? {} : {
      parent: facet("ParentRunFacet", { run: { runId: runId(`run:${run.run}`) }, job: jobOfRun(run.study) })
    }
    const identity = {
      runId: runId(`result:${result.run}:${key}`),
      facets: {
        ...parent,
        processing_engine: facet("ProcessingEngineRunFacet", { name: software.name, version: software.version }),
        pipeline_result: own("pipeline_result", {
          instance,
          key,
          event: { seq, writer },
          host: host ?? null,
          seconds,
          threads,
          memory,
          code: code.digest,
          packages: Object.fromEntries(code.packages.map(({ name, version }) => [name, version])),
          record
        })
      }
    }
    const job = {
      namespace,
      name: `${run?.study ?? provenance.study}.${instance}`,
      facets: {
        jobType: facet("JobTypeJobFacet", { processingType: "BATCH", integration: software.name, jobType: "TASK" }),
        documentation: facet("DocumentationJobFacet", { description: code.about ?? stage })
      }
    }
    const inputs = inputsOf(made)
    return [
      event("START", begun, identity, job, { inputs, outputs: [] }),
      event("COMPLETE", ended, identity, job, { inputs, outputs: outputsOf(made) })
    ]
  }

  const all = [...runs.flatMap(ofRun), ...results.flatMap(ofResult)]
  // Equal times keep their order, makers before takers; a run begins before what it does.
  const ordered = all.toSorted((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0)
  return ordered.map(({ event }) => `${JSON.stringify(event)}\n`).join("")
}
