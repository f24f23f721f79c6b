/**
 * How the command line is interrupted. The first signal asks the command to end in order, the second ends the process at once: what
 * is committed is on the disk.
 */
import { Effect, Runtime } from "effect"
import { exitCode } from "./session.ts"

/**
 * Ctrl-C, a lost terminal, `kill`, and what schedulers send ahead of a time limit. SIGUSR1 would start Node's debugger where nobody
 * listens for it.
 */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const

/** Milliseconds in which further signals are the same one: npm passes on a Ctrl-C that the terminal has sent to all already. */
const echo = 1000

let handler: ((signal: NodeJS.Signals) => void) | undefined

/** Has the first signal call a function, instead of interrupting the command, as long as an effect runs. */
export const handled = <A, E, R>(
  onSignal: (signal: NodeJS.Signals) => void,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      handler = onSignal
    }),
    () => effect,
    () =>
      Effect.sync(() => {
        handler = undefined
      })
  )

/** Runs the main effect of the process. */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let since: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (since === undefined) {
      since = performance.now()
      if (handler === undefined) fiber.interruptUnsafe(fiber.id)
      else handler(signal)
    } else if (performance.now() - since > echo) process.exit(exitCode.interrupted)
  }
  for (const signal of signals) process.on(signal, onSignal)
  fiber.addObserver((exit) => {
    teardown(exit, (code) => {
      if (since !== undefined || code !== 0) process.exit(code)
      for (const signal of signals) process.off(signal, onSignal)
    })
  })
})
