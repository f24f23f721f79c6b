import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as nodePath from "node:path"
import { Busy, clear, type Collection, type Garbage, look } from "../collect.ts"
import { Store } from "../store/store.ts"
import * as Format from "./format.ts"
import { keeping } from "./keeping.ts"
import { exitCode, inStore, open, Told } from "./session.ts"
import * as Style from "./style.ts"

const day = 86_400_000

const cells = ({ bytes, maker, output, size }: Garbage) => [
  bytes.slice(0, 12),
  Format.bytes(size),
  maker === undefined ? "" : Format.duration(maker.seconds),
  maker === undefined ? "no event made it" : `${maker.instance} ${output}, ${maker.at.slice(0, 10)}, run ${maker.run}`
]

const summary = ({ drafts, garbage, totals: { kept, seconds, size, trash, young } }: Collection, days: number) => [
  `${Format.count(garbage.length, "object")} and ${Format.count(drafts.length, "draft")} that nothing needs: ${
    Format.bytes(size)
  }, ${Format.duration(seconds)} to make again`,
  `kept: ${Format.count(kept.objects, "object")}, ${Format.bytes(kept.size)}` +
  (young.objects === 0
    ? ""
    : `; and ${young.objects} younger than ${Format.count(days, "day")}, ${Format.bytes(young.size)}`),
  ...(trash === 0 ? [] : [`old trash: ${Format.bytes(trash)}`])
]

export const gc = Command.make(
  "gc",
  {
    delete: Flag.Boolean("delete").pipe(
      Flag.withDescription("Move what nothing needs to the trash, remove drafts of dead processes, empty old trash"),
      Flag.withDefault(false)
    ),
    grace: Flag.Finite("grace").pipe(
      Flag.withMetavar("DAYS"),
      Flag.withDescription("Leave alone what is younger; trash is emptied after as long"),
      Flag.withDefault(1)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(flags) {
    if (flags.grace < 0) {
      return yield* new Told({ text: `--grace must not be negative, got ${flags.grace}`, code: exitCode.usage })
    }
    const needed = yield* keeping(yield* open())
    const { root } = yield* Store
    const found = yield* (flags.delete ? clear(needed, flags.grace * day) : look(needed, flags.grace * day)).pipe(
      Effect.catchIf(
        (error) => error instanceof Busy,
        ({ message }) => Effect.fail(new Told({ text: message, code: exitCode.stageFailed }))
      )
    )
    if (flags.json) {
      const garbage = found.garbage.map(({ maker, ...object }) => ({
        ...object,
        ...(maker === undefined ? {} : {
          instance: maker.instance,
          key: maker.key,
          run: maker.run,
          at: maker.at,
          seconds: maker.seconds
        })
      }))
      return yield* Console.log(JSON.stringify({ deleted: flags.delete, ...found, garbage }, null, 2))
    }
    const { drafts, garbage, trash } = found
    if (garbage.length > 0) {
      const [head, ...rows] = Format.columns([["object", "size", "to make again", "made as"], ...garbage.map(cells)])
      yield* Console.log(Style.dim(head!))
      for (const row of rows) yield* Console.log(row)
    }
    for (const { path, size } of [...drafts.filter(({ size }) => size > 0), ...trash]) {
      yield* Console.log(`${nodePath.relative(root, path)}  ${Format.bytes(size)}`)
    }
    for (const line of summary(found, flags.grace)) yield* Console.log(line)
    if (garbage.length + drafts.length + trash.length === 0) return
    yield* Console.log(
      flags.delete
        ? `objects were moved to ${nodePath.join(root, "trash")}; to undo, copy its objects/ back`
        : "nothing was changed; with --delete, objects are moved to the store's trash, drafts and old trash are removed"
    )
  }, inStore)
).pipe(
  Command.withDescription(
    "Lists what neither the last run of a study nor a paper stands for, cheapest to make again first; with --delete moves it to the trash"
  ),
  Command.withExamples([
    { command: "pipeline gc", description: "What could go, and what making it again would cost" },
    { command: "pipeline gc --delete --grace 7", description: "Clear what is older than a week" }
  ])
)
