/** A program that times optimizer steps when asked: it reads numbers of steps from standard input, one a line, and answers in JSON. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Answer } from "./training-step.ts"

export interface Peer {
  /** Makes some steps and tells what they took. */
  readonly steps: (count: number) => Promise<Answer>
  /** Ends the program. */
  readonly end: () => Promise<void>
}

export const peer = (command: string, args: ReadonlyArray<string>): Peer => {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
  return {
    steps: async (count) => {
      child.stdin.write(`${count}\n`)
      const { done, value } = await lines.next()
      if (done) throw new Error(`${command} ${args[0]} ended without an answer`)
      return JSON.parse(value) as Answer
    },
    end: async () => {
      child.stdin.end()
      await closed
    }
  }
}
