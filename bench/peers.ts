/** The synthetic graph for other tools, all of it up to date: a_i → b_i → final, as files. */
import { spawnSync } from "node:child_process"
import { mkdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Peer {
  readonly name: string
  /** Instances beyond which it is not timed, because it would take minutes. */
  readonly most: number
  readonly version: ReadonlyArray<string>
  /** Makes a project in an empty folder. */
  readonly prepare: (folder: string, pairs: number) => void
  /** The command that finds nothing to do. */
  readonly command: (folder: string) => ReadonlyArray<string>
}

const numbers = (pairs: number) => Array.from({ length: pairs }, (_, i) => i)

/** Every file of the graph, each as old as its place in the chain makes it. */
const files = (folder: string, pairs: number) => {
  const write = (name: string, time: number) => {
    writeFileSync(join(folder, name), name)
    utimesSync(join(folder, name), time, time)
  }
  for (const i of numbers(pairs)) write(`a${i}`, 1e9)
  for (const i of numbers(pairs)) write(`b${i}`, 1e9 + 10)
  write("final", 1e9 + 20)
}

const all = (pairs: number) => numbers(pairs).map((i) => `b${i}`).join(" ")

/** Runs a tool while a project is made: what it prints is told when it fails. */
const sure = (command: ReadonlyArray<string>, folder: string) => {
  const { status, stderr, stdout } = spawnSync(command[0]!, command.slice(1), { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stdout}${stderr}`)
}

const dvc = process.env.DVC ?? "dvc"
const snakemake = process.env.SNAKEMAKE ?? "snakemake"

export const peers: ReadonlyArray<Peer> = [
  {
    name: "make",
    most: Infinity,
    version: ["make", "--version"],
    prepare: (folder, pairs) => {
      const rules = numbers(pairs).map((i) => `a${i}:\n\ttouch a${i}\nb${i}: a${i}\n\ttouch b${i}\n`).join("")
      writeFileSync(join(folder, "Makefile"), `final: ${all(pairs)}\n\ttouch final\n${rules}`)
      files(folder, pairs)
    },
    command: (folder) => ["make", "-s", "-C", folder, "final"]
  },
  {
    name: "ninja",
    most: Infinity,
    version: ["ninja", "--version"],
    prepare: (folder, pairs) => {
      const rules = numbers(pairs).map((i) => `build a${i}: t\nbuild b${i}: t a${i}\n`).join("")
      writeFileSync(
        join(folder, "build.ninja"),
        // Its log would not know files that it did not make; a generator's it judges by their times.
        `rule t\n  command = touch $out\n  generator = 1\n${rules}build final: t ${all(pairs)}\n`
      )
      files(folder, pairs)
    },
    command: (folder) => ["ninja", "--quiet", "-C", folder, "final"]
  },
  {
    name: "Snakemake",
    most: 2000,
    version: [snakemake, "--version"],
    prepare: (folder, pairs) => {
      writeFileSync(
        join(folder, "Snakefile"),
        [
          `rule final:\n  input: expand("b{i}", i=range(${pairs}))\n  output: "final"\n  shell: "touch {output}"`,
          `rule a:\n  output: "a{i,\\\\d+}"\n  shell: "touch {output}"`,
          `rule b:\n  input: "a{i}"\n  output: "b{i,\\\\d+}"\n  shell: "touch {output}"`
        ].join("\n")
      )
      files(folder, pairs)
    },
    command: (
      folder
    ) => [snakemake, "--dry-run", "--quiet", "all", "--directory", folder, "-s", join(folder, "Snakefile")]
  },
  {
    name: "DVC",
    most: 200,
    version: [dvc, "--version"],
    prepare: (folder, pairs) => {
      const stage = (name: string, deps: ReadonlyArray<string>) =>
        [
          `  ${name}:`,
          `    cmd: touch ${name}`,
          ...(deps.length === 0 ? [] : ["    deps:", ...deps.map((dep) => `    - ${dep}`)]),
          "    outs:",
          `    - ${name}`
        ].join("\n")
      const stages = [
        ...numbers(pairs).flatMap((i) => [stage(`a${i}`, []), stage(`b${i}`, [`a${i}`])]),
        stage("final", numbers(pairs).map((i) => `b${i}`))
      ]
      files(folder, pairs)
      writeFileSync(join(folder, "dvc.yaml"), `stages:\n${stages.join("\n")}\n`)
      sure([dvc, "init", "--no-scm", "--quiet"], folder)
      sure([dvc, "config", "core.analytics", "false"], folder)
      sure([dvc, "commit", "--force", "--quiet"], folder)
    },
    command: (folder) => [dvc, "--cd", folder, "status", "--quiet"]
  }
]

/** First line of what a peer says of its version, or undefined where it cannot be started. */
export const versionOf = ({ version }: Peer): string | undefined => {
  const { status, stdout } = spawnSync(version[0]!, version.slice(1), { encoding: "utf8" })
  return status === 0 ? stdout.split("\n")[0] : undefined
}

/** Makes a peer's project of `size` instances in a new folder. */
export const prepare = (peer: Peer, folder: string, size: number): void => {
  mkdirSync(folder)
  peer.prepare(folder, Math.floor((size - 1) / 2))
}
