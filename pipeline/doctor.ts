/** What a machine has of what the pipeline needs. */
import { accessSync, constants, existsSync, statfsSync } from "node:fs"
import * as os from "node:os"
import * as nodePath from "node:path"
import type { App, Check } from "./app.ts"
import { gigabytes, machineMemory } from "./memory.ts"

/** Oldest Node that runs the pipeline. */
const oldest = { major: 20, minor: 19 } as const
/** Bytes of memory and disk below which even the default study may not get through. */
const little = { memory: 2e9, disk: 1e9 } as const

const node = (version: string): Check => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const old = major < oldest.major || (major === oldest.major && minor < oldest.minor)
  return {
    name: "Node",
    status: old ? "missing" : "found",
    detail: version,
    ...(old ? { remedy: `install Node ${oldest.major}.${oldest.minor} or newer` } : {})
  }
}

const memory = (): Check => {
  const { free, total } = machineMemory()
  return {
    name: "memory",
    status: free < little.memory ? "poor" : "found",
    detail: `${gigabytes(free)} free of ${gigabytes(total)}`,
    ...(free < little.memory ? { remedy: "end other programs, or run with --jobs 1" } : {})
  }
}

/** The folder itself, or the nearest one above it that exists. */
const existing = (path: string): string =>
  existsSync(path) || nodePath.dirname(path) === path ? path : existing(nodePath.dirname(path))

const store = (root: string): ReadonlyArray<Check> => {
  const folder = existing(root)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  let writable = true
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    writable = false
  }
  return [
    {
      name: "store",
      status: writable ? "found" : "missing",
      detail: `${root}${folder === root ? "" : " (not made yet)"}${writable ? "" : `: ${folder} cannot be written`}`,
      ...(writable ? {} : { remedy: "choose a folder you may write to with --store" })
    },
    {
      name: "disk",
      status: free < little.disk ? "poor" : "found",
      detail: `${gigabytes(free)} free in the store's file system`,
      ...(free < little.disk ? { remedy: "free some space (pipeline gc lists what nothing needs)" } : {})
    }
  ]
}

/** A study that was found, or what is wrong with it. */
interface Study {
  readonly file: string | undefined
  readonly mistake: string | undefined
}

const study = ({ file, mistake }: Study): Check =>
  file === undefined
    ? {
      name: "study",
      status: "missing",
      detail: mistake ?? "",
      remedy: "mend the study file, or name another by --study FILE"
    }
    : { name: "study", status: "found", detail: file }

/** Looks at machine, store, study and engines, and makes the application's own checks. */
export const examine = async (
  app: Pick<App, "checks"> & { readonly engines: Pick<App["engines"], "checks"> },
  how: { readonly root: string; readonly engine: string; readonly study: Study }
): Promise<ReadonlyArray<Check>> => [
  node(process.versions.node),
  {
    name: "cores",
    status: "found",
    detail: `${os.availableParallelism()}, ${os.cpus()[0]?.model ?? "of unknown kind"}`
  },
  memory(),
  ...store(how.root),
  study(how.study),
  ...await app.engines.checks(how.engine),
  ...await app.checks?.() ?? []
]
