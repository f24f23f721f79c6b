/** A run that goes on in the background when its terminal is gone. */
import { Console, Effect } from "effect"
import { spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync } from "node:fs"
import * as nodePath from "node:path"
import { Store } from "../store/store.ts"
import * as Format from "./format.ts"

/** Starts this very command again, without `--detach`, in a session of its own; says where it tells how it goes. */
export const start = Effect.fn("Detached.start")(function*(instances: number) {
  const { root } = yield* Store
  const folder = nodePath.join(root, "slurm")
  const file = nodePath.join(folder, `run-${process.pid}-${Date.now().toString(36)}.log`)
  mkdirSync(folder, { recursive: true })
  const log = openSync(file, "a")
  const [script, ...args] = process.argv.slice(1)
  const child = spawn(
    process.execPath,
    [...process.execArgv, script!, ...args.filter((arg) => arg !== "--detach")],
    { detached: true, stdio: ["ignore", log, log] }
  )
  closeSync(log)
  yield* Effect.callback<void>((resume) => {
    child.once("spawn", () => resume(Effect.void))
  })
  child.unref()
  yield* Console.log(
    `${
      Format.count(instances, "instance")
    }: process ${child.pid} hands them in, in the background; it tells how it goes in ${
      nodePath.relative(process.cwd(), file)
    }\npipeline status and pipeline log --follow show the same; pipeline run --executor slurm comes back, also if it has died`
  )
})
