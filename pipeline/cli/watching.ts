/** Watches a study in a terminal; elsewhere it tells what happens, line by line. */
import { Clock, Console, Effect } from "effect"
import { watch } from "../ui/watch.ts"
import { reopened } from "./reopened.ts"
import { screen } from "./screen.ts"
import { open } from "./session.ts"

const alternate = { enter: "\u001b[?1049h\u001b[?25l", leave: "\u001b[?25h\u001b[?1049l", top: "\u001b[H" } as const

/** Draws over what was there, line by line, so that nothing flickers. */
const over = (lines: ReadonlyArray<string>) =>
  `${alternate.top}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`

export const watching = Effect.gen(function*() {
  const watched = yield* watch(yield* open(), reopened)
  const out = process.stdout
  const terminal = out.isTTY === true && process.env.TERM !== "dumb"
  if (!terminal) {
    yield* Console.log(screen({ ...watched.known(), ...watched }, yield* Clock.currentTimeMillis, 120, 60).join("\n"))
    return yield* Effect.forever(Effect.gen(function*() {
      yield* Effect.sleep("1 second")
      for (const message of yield* watched.poll) {
        if (message.name !== "log") continue
        for (const { at, text } of message.data) yield* Console.log(`${at.slice(11, 19)}  ${text}`)
      }
    }))
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => void out.write(alternate.enter)),
    () => Effect.sync(() => void out.write(alternate.leave))
  )
  return yield* Effect.forever(Effect.gen(function*() {
    yield* watched.poll
    const now = yield* Clock.currentTimeMillis
    out.write(over(screen({ ...watched.known(), ...watched }, now, (out.columns ?? 100) - 1, out.rows ?? 40)))
    yield* Effect.sleep("500 millis")
  }))
}).pipe(Effect.scoped)
