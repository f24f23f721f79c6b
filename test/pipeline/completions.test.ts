import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { withWords } from "../../pipeline/cli/completions.ts"
import { command } from "../../pipeline/cli/main.ts"
import { TheApp } from "../../pipeline/cli/session.ts"

const folder = mkdtempSync(join(tmpdir(), "relora-pipeline-completions-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the command line prints. */
const printed = async (...args: ReadonlyArray<string>): Promise<string> => {
  const lines: Array<string> = []
  const console = { ...globalThis.console, log: (line: unknown) => void lines.push(String(line)) }
  await Command.runWith(command, { version: "0" })(args).pipe(
    Effect.provide(Layer.merge(NodeServices.layer, Layer.succeed(TheApp, {} as never))),
    Effect.provideService(Console.Console, console),
    Effect.runPromise
  )
  return lines.join("\n")
}

/** How each shell reads a script without running it. */
const shells = { bash: ["bash", "-n"], zsh: ["zsh", "-n"], fish: ["fish", "--no-execute"] } as const
const isThere = (shell: string) => spawnSync(shell, ["--version"]).status === 0

describe("completions", () => {
  for (const [shell, [program, flag]] of Object.entries(shells)) {
    it(`are written for ${shell}, and name commands and flags`, async () => {
      const script = await printed("--completions", shell)
      for (const word of ["accept", "status", "dry-run", "rebuild"]) expect(script).toContain(word)
      writeFileSync(join(folder, shell), withWords(script))
    })

    it.skipIf(!isThere(program))(`are read by ${shell}`, () => {
      const { status, stderr } = spawnSync(program, [flag, join(folder, shell)], { encoding: "utf8" })
      expect([status, stderr]).toEqual([0, ""])
    })
  }

  it.skipIf(!isThere("bash"))("complete a command and a flag in bash", () => {
    const completed = (...words: ReadonlyArray<string>) => {
      const line = words.join(" ")
      const at = words.length - 1
      const setting = `COMP_WORDS=(${line}); COMP_CWORD=${at}; COMP_LINE="${line}"; COMP_POINT=${line.length}`
      const call = `_pipeline pipeline ${words[at]} ${words[at - 1]}`
      const script = `source ${join(folder, "bash")}; ${setting}; ${call}; echo "\${COMPREPLY[@]}"`
      return spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).stdout.trim()
    }
    expect(completed("pipeline", "sta")).toBe("status")
    expect(completed("pipeline", "run", "--dr")).toBe("--dry-run")
  })

  it.skipIf(!isThere("bash"))("complete a cell of the report in bash, by what the command says", () => {
    const script = `source ${join(folder, "bash")}
      pipeline() { [[ "$*" == "show --complete loss/" ]] && printf 'loss/nano,relora/\\nloss/nano,full-rank/\\nspectra/nano\\n'; }
      COMP_WORDS=(pipeline show loss/); COMP_CWORD=2; COMP_LINE="pipeline show loss/"; COMP_POINT=19
      _pipeline_with_words pipeline loss/ show; echo "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" })
    expect(stdout.trim()).toBe("loss/nano,relora/ loss/nano,full-rank/")
  })

  it("ask the command in each shell", async () => {
    for (const shell of Object.keys(shells)) {
      const script = await printed("--completions", shell)
      expect(script).not.toContain("show --complete")
      expect(withWords(script), shell).toContain("pipeline show --complete")
    }
    expect(withWords("another text")).toBe("another text")
  })
})
