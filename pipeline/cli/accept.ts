import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import { decideAll, previous, type Verdict } from "../decide.ts"
import type { Instance } from "../graph.ts"
import { Journal } from "../journal/journal.ts"
import * as Key from "../key.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, open, type Session, Told, verdicts } from "./session.ts"
import { named } from "./targets.ts"

/** Leaves that set an instance apart from what it last stood for. */
const changesOf = ({ facts: { state } }: Session, { id }: Instance, verdict: Verdict): ReadonlyArray<Key.Change> => {
  if (verdict.status === "stale" || verdict.status === "waiting") return verdict.changes
  const before = previous(id, state)
  return verdict.status === "shared" && before !== undefined ? Key.changes(before.record, verdict.record) : []
}

/** Whether a change is of the leaf that a reader named: as `show` writes it, or a setting without its `config.`. */
const isNamed = (leaf: string) => ({ leaf: changed }: { readonly leaf: string }) =>
  changed === leaf || changed === `config.${leaf}`

interface Noted {
  readonly instance: string
  readonly change: {
    readonly leaf: string
    readonly before?: Key.Change["before"]
    readonly after?: Key.Change["after"]
  }
}

/** What the flags ask to accept: the present change of the leaf in each instance that has one. */
const toAccept = (session: Session, instances: ReadonlyArray<Instance>, leaf: string) => {
  const all = verdicts(session)
  const changes = instances.map((instance) => ({
    instance: instance.id,
    changes: changesOf(session, instance, all.get(instance.id)!)
  }))
  const found = changes.flatMap(({ changes, instance }) =>
    changes.filter(isNamed(leaf)).map((change): Noted => ({ instance, change }))
  )
  if (found.length > 0) return Effect.succeed(found)
  const others = [...new Set(changes.flatMap(({ changes }) => changes.map(({ leaf }) => leaf)))]
  return Effect.fail(
    new Told({
      text: others.length === 0
        ? "nothing to accept: no leaf of these has changed since they last ran (pipeline status)"
        : `${leaf} has not changed; what has: ${others.slice(0, 10).join(", ")}${others.length > 10 ? ", …" : ""}`,
      code: exitCode.usage
    })
  )
}

/** What the flags ask to revoke: the acceptances of the leaf that are in force. */
const toRevoke = ({ facts: { state } }: Session, instances: ReadonlyArray<Instance>, leaf: string) => {
  const all = instances.flatMap(({ id }) => state.acceptances.get(id) ?? [])
  const found = all.filter(isNamed(leaf)).map((change): Noted => ({ instance: change.instance, change }))
  if (found.length > 0) return Effect.succeed(found)
  const others = [...new Set(all.map(({ leaf }) => leaf))]
  return Effect.fail(
    new Told({
      text: others.length === 0
        ? "nothing to revoke: no change of these is accepted"
        : `no change of ${leaf} is accepted; of these is: ${others.join(", ")}`,
      code: exitCode.usage
    })
  )
}

/** What an instance is after the event, in words. */
const outcome = (verdict: Verdict): string => {
  if (verdict.status === "fresh") return "now fresh"
  if (verdict.status === "waiting") {
    return verdict.changes.length === 0 ? "spared if its inputs come out equal" : "still to run"
  }
  return "changes" in verdict && verdict.changes.length > 1 ? "still stale: other leaves changed too" : verdict.status
}

export const accept = Command.make(
  "accept",
  {
    target: Argument.String("instance").pipe(
      Argument.withDescription("Instance such as spectra/nano/full-rank/42/100; or a stage or glob: each of them")
    ),
    leaf: Argument.String("leaf").pipe(
      Argument.withDescription("The changed leaf, as pipeline show and why --json name it: code, config.factor, …")
    ),
    reason: Flag.String("reason").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Why the change does not matter, or why that was revoked; it is kept with the record"),
      Flag.optional
    ),
    author: Flag.String("author").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Who says so; default: the name you are logged in by"),
      Flag.optional
    ),
    revoke: Flag.Boolean("revoke").pipe(
      Flag.withDescription("Take an acceptance back: the change counts again"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the events as JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ author, json, leaf, reason, revoke, target }) {
    const text = Option.getOrElse(reason, () => "").trim()
    if (!revoke && text === "") {
      return yield* new Told({ text: "--reason TEXT is needed: why does the change not matter?", code: exitCode.usage })
    }
    const session = yield* open()
    const { graph, name: study } = session.study
    const instances = yield* named(graph, [target])
    const journal = yield* Journal
    const noted = yield* (revoke ? toRevoke : toAccept)(session, instances, leaf)
    const events = yield* Effect.forEach(noted, ({ change: { after, before, leaf }, instance }) =>
      journal.append({
        type: revoke ? "AcceptanceRevoked" : "ChangeAccepted",
        study,
        instance,
        leaf,
        before,
        after,
        reason: text === "" ? "no reason given" : text,
        author: Option.getOrElse(author, () => os.userInfo().username)
      }))
    if (json) return yield* Console.log(JSON.stringify(events, null, 2))
    const { facts } = yield* open()
    const after = decideAll(graph, facts)
    for (const { change, instance } of noted) {
      yield* Console.log(
        `${instance}: ${Format.leafChange(change)} ${revoke ? "revoked" : "accepted"}; ${outcome(after.get(instance)!)}`
      )
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Records that the change of one leaf does not matter: the old result counts as long as nothing else has changed"
  ),
  Command.withExamples([
    {
      command: "pipeline accept spectra code --reason \"only a message changed\"",
      description: "Every stale instance of a stage"
    },
    { command: "pipeline accept spectra code --revoke", description: "Take it back" }
  ])
)
