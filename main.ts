/** Puts the study's stages into the engine's command line. */
import { dirname, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { LoadedStudy } from "./pipeline/app.ts"
import { main } from "./pipeline/cli/main.ts"
import { flatten } from "./pipeline/key.ts"
import { plain } from "./schemas/operational.ts"
import { checks } from "./stages/checks.ts"
import { curves } from "./stages/curves.ts"
import { engines, mainOfProof, proving } from "./stages/engines.ts"
import { exporters } from "./stages/export.ts"
import * as Stages from "./stages/index.ts"
import { readStudy } from "./stages/study-file.ts"
import { graphOf } from "./stages/study.ts"

// This module runs bundled, as dist/<build>/pipeline.mjs.
const build = dirname(fileURLToPath(import.meta.url))

/** A file as messages name it: by its path from here, unless that leads up and away. */
const named = (file: string) => {
  const path = relative(process.cwd(), file)
  return path === "" || path.startsWith("..") ? resolve(file) : path
}

const load = (file: string): LoadedStudy => {
  const { lines, study } = readStudy(file)
  return {
    name: study.name,
    file: named(file),
    graph: graphOf(study, { folder: dirname(file) }),
    ...(study.engine === undefined ? {} : { engine: study.engine }),
    ...(study.slurm === undefined ? {} : { slurm: plain(study.slurm) }),
    settings: flatten(study, ""),
    line: lines
  }
}

const script = `${build}/pipeline.mjs`

const [, , command, argument] = process.argv
if (command === proving && argument !== undefined) void mainOfProof(argument)
else {
  main({
    name: "relora-pipeline",
    license: "Apache-2.0",
    version: "0.1.0",
    stages: Object.values(Stages),
    engines: engines(script),
    defaultStudy: "studies/default.yaml",
    load,
    fingerprints: `${build}/fingerprints.json`,
    script,
    rate: async (engine, threads) => (await import("./stages/training-rate.ts")).trainingRate(engine, threads),
    checks,
    curves,
    exporters
  })
}
