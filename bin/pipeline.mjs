#!/usr/bin/env node
// Starts the built command line; rebuilds first when a source file has changed since the build.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import nodeModule from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const [major, minor] = process.versions.node.split(".").map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`pipeline needs Node 20.19 or newer; this is ${process.versions.node}`)
  process.exit(64)
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, "dist")

/** What was built last: its folder and the source files it was built from. */
const current = () => {
  const file = join(dist, "current.json")
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined
}

/** Whether a source file differs from what was built: by size and time first, by content when those differ. */
const stale = (build) =>
  build === undefined || !existsSync(join(dist, build.folder, "pipeline.mjs")) ||
  Object.entries(build.sources).some(([path, built]) => {
    const file = join(root, path)
    const now = statSync(file, { throwIfNoEntry: false })
    if (now === undefined) return true
    if (now.size === built.size && now.mtimeMs === built.mtimeMs) return false
    return createHash("sha256").update(readFileSync(file)).digest("hex") !== built.digest
  })

if (existsSync(join(root, "main.ts")) && stale(current())) {
  process.stderr.write("building: source files have changed\n")
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" })
  if (status !== 0) {
    console.error("the build failed; nothing was run")
    process.exit(70)
  }
}

// Keeps compiled code beside the builds, where Node can (22.8 and later): a start takes half the time.
nodeModule.enableCompileCache?.(join(dist, "compiled"))
await import(pathToFileURL(join(dist, current().folder, "pipeline.mjs")).href)
