/**
 * Exports of provenance, read by the programs of their standards. PROVENANCE_PYTHON (default: python3) needs the packages prov,
 * openlineage-python and roc-validator; what is not there is not tested, and says so. The validator reads RO-Crate's JSON-LD context
 * from the network or, with ROCRATE_CACHE, from its HTTP cache at that path (`--cache-path`).
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { openLineage } from "../../pipeline/provenance/open-lineage.ts"
import { provJson } from "../../pipeline/provenance/prov-json.ts"
import { toyCrate, toyProvenance } from "../fixtures/provenance.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const work = mkdtempSync(join(tmpdir(), "relora-pipeline-provenance-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const interpreter = process.env.PROVENANCE_PYTHON ?? "python3"
const python = (script: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(interpreter, ["-c", script, ...args], { encoding: "utf8" })
  return { status, stderr, stdout }
}
const has = (module: string) => python(`import ${module}`).status === 0
const unless = (there: boolean, what: string) => there ? "" : ` (skipped: ${interpreter} has no ${what})`

const prov = has("prov")
const lineage = has("openlineage.client")
const validator = has("rocrate_validator")

describe.skipIf(!prov)(`PROV-JSON, read by the Python package prov${unless(prov, "prov")}`, () => {
  it("comes back the same, and prints as PROV-N", async () => {
    const file = join(work, "prov.json")
    const provenance = await toyProvenance(temporaryStore())
    writeFileSync(file, provJson(provenance))
    const read = python(
      `
import sys
from prov.model import ProvDocument
read = lambda text: ProvDocument.deserialize(content=text, format="json")
document = read(open(sys.argv[1]).read())
assert read(document.serialize(format="json")) == document
assert "wasGeneratedBy" in document.serialize(format="provn")
print(len([record for record in document.get_records() if type(record).__name__ == "ProvActivity"]))
`,
      file
    )
    expect(read.stderr).not.toContain("Error")
    expect(read.stdout.trim()).toBe(String(provenance.results.length))
  })
})

describe.skipIf(!lineage)(`OpenLineage, read by openlineage-python${unless(lineage, "openlineage-python")}`, () => {
  it("has events and facets as they are in its schemas, of the same versions", async () => {
    const file = join(work, "events.ndjson")
    writeFileSync(file, openLineage(await toyProvenance(temporaryStore())))
    const read = python(
      `
import json, sys
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.generated import (dataset_version_dataset, documentation_job, job_type_job,
  output_statistics_output_dataset, parent_run, processing_engine_run)
known = {
  "parent": parent_run.ParentRunFacet,
  "processing_engine": processing_engine_run.ProcessingEngineRunFacet,
  "jobType": job_type_job.JobTypeJobFacet,
  "documentation": documentation_job.DocumentationJobFacet,
  "version": dataset_version_dataset.DatasetVersionDatasetFacet,
  "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
}
seen = set()
def facets(all):
  for name, facet in all.items():
    if name not in known: continue
    body = {key: value for key, value in facet.items() if not key.startswith("_")}
    if name == "parent":
      body = {"run": parent_run.Run(**body["run"]), "job": parent_run.Job(**body["job"])}
    made = known[name](**body)
    # Versions of a schema only add to it: the major one must be the same.
    assert made._get_schema().split("#")[1] == facet["_schemaURL"].split("#")[1]
    assert made._get_schema().split("/facets/")[1][0] == facet["_schemaURL"].split("/facets/")[1][0], facet["_schemaURL"]
    seen.add(name)
for line in open(sys.argv[1]):
  event = json.loads(line)
  inputs, outputs = event.get("inputs", []), event.get("outputs", [])
  made = RunEvent(
    eventType=RunState[event["eventType"]], eventTime=event["eventTime"], producer=event["producer"],
    run=Run(runId=event["run"]["runId"]), job=Job(namespace=event["job"]["namespace"], name=event["job"]["name"]),
    inputs=[InputDataset(namespace=one["namespace"], name=one["name"]) for one in inputs],
    outputs=[OutputDataset(namespace=one["namespace"], name=one["name"]) for one in outputs])
  assert made._get_schema() == event["schemaURL"], made._get_schema()
  for one in [event["run"], event["job"], *inputs, *outputs]:
    facets(one.get("facets", {}))
    facets(one.get("outputFacets", {}))
assert seen == set(known), set(known) - seen
print("read")
`,
      file
    )
    expect(read.stderr).not.toContain("Error")
    expect(read.stdout.trim()).toBe("read")
  })
})

describe.skipIf(!validator)(`RO-Crate, checked by roc-validator${unless(validator, "roc-validator")}`, () => {
  const cache = process.env.ROCRATE_CACHE === undefined ? [] : ["--offline", "--cache-path", process.env.ROCRATE_CACHE]
  const validate = (folder: string) => {
    const flags = ["-y", "--disable-color"]
    const how = ["-p", "provenance-run-crate", "-l", "required", "-v", "--no-paging", ...cache]
    const run = python("from rocrate_validator.cli import cli; cli()", ...flags, "validate", ...how, folder)
    return `${run.stdout}${run.stderr}`
  }
  const put = (files: ReturnType<typeof toyCrate>, name: string) => {
    for (const { content, path } of files) {
      mkdirSync(dirname(join(work, name, path)), { recursive: true })
      writeFileSync(join(work, name, path), content)
    }
    return join(work, name)
  }

  it("is valid by the profiles of Provenance Run Crate 0.5, and is not once a tool is taken away", async ({ skip }) => {
    const files = toyCrate(await toyProvenance(temporaryStore()))
    const told = validate(put(files, "crate"))
    if (/not available in the HTTP cache|Max retries|Could not (?:resolve|retrieve)/i.test(told)) {
      skip("RO-Crate's context is out of reach: name a cache that has it in ROCRATE_CACHE")
    }
    expect(told).toContain("is a valid provenance-run-crate")
    const broken = files.map(({ content, path }) =>
      path === "ro-crate-metadata.json"
        ? { path, content: String(content).replaceAll("\"instrument\"", "\"description\"") }
        : { path, content }
    )
    expect(validate(put(broken, "broken"))).not.toContain("is a valid")
  })
})
