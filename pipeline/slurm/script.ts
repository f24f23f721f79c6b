/** The script of a job, as sbatch is given it. */
import type { Resources } from "../../schemas/slurm.ts"
import { defaults } from "./resources.ts"

/** Text as one word of a shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Slurm's form of a time: minutes, or days-hours:minutes:seconds. */
export const timeOf = (time: string | number): string => {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)$/.exec(String(time))
  if (match === null) return String(time)
  const seconds = Math.ceil(Number(match[1]) * { s: 1, m: 60, min: 60, h: 3600, d: 86400 }[match[2] as "s"])
  const two = (value: number) => String(value).padStart(2, "0")
  const [days, hours, minutes] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60
  ]
  return `${days}-${two(hours)}:${two(minutes)}:${two(seconds % 60)}`
}

/** Slurm's form of an amount of memory: a whole number and one letter. */
export const memoryOf = (memory: string): string => {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT])?i?B?$/i.exec(memory)
  if (match === null) return memory
  const unit = (match[2] ?? "M").toUpperCase()
  const size = Number(match[1])
  return Number.isInteger(size)
    ? `${size}${unit}`
    : `${Math.ceil(size * 1024)}${{ K: "", M: "K", G: "M", T: "G" }[unit]}`
}

export interface Job {
  readonly name: string
  readonly comment: string
  /** Elements of a job array; undefined for a job by itself. */
  readonly elements: number | undefined
  /** Whether its stage saves its state: then it is warned ahead of its time limit. */
  readonly saves: boolean
  readonly resources: Resources
  /** Folder to work in. */
  readonly folder: string
  /** File for what it prints. */
  readonly output: string
  /** The command, word by word. */
  readonly command: ReadonlyArray<string>
}

/** The whole script. */
export const scriptOf = ({ command, comment, elements, folder, name, output, resources, saves }: Job): string => {
  const { account, constraint, cpus, flags = [], gpus, memory, partition, qos, setup = [], time, warning } = resources
  const options: ReadonlyArray<readonly [string, string | number | undefined]> = [
    ["job-name", name],
    ["comment", comment],
    ["output", output],
    ["open-mode", "append"],
    ["chdir", folder],
    ["array", elements === undefined ? undefined : `0-${elements - 1}`],
    ["ntasks", 1],
    ["cpus-per-task", cpus],
    ["mem", memory === undefined ? undefined : memoryOf(memory)],
    ["gres", gpus === undefined ? undefined : `gpu:${gpus}`],
    ["time", time === undefined ? undefined : timeOf(time)],
    ["partition", partition],
    ["account", account],
    ["qos", qos],
    ["constraint", constraint],
    // To the shell, whose place the command takes. Slurm allows at most 65535 seconds.
    ["signal", saves && time !== undefined ? `B:USR1@${Math.min(warning ?? defaults.warning, 65_535)}` : undefined]
  ]
  return [
    "#!/bin/bash",
    ...options.flatMap(([option, value]) =>
      value === undefined ? [] : [`#SBATCH --${option}=${quoted(String(value))}`]
    ),
    "#SBATCH --requeue",
    ...flags.map((flag) => `#SBATCH ${flag}`),
    ...setup,
    // In the shell's place: then Slurm's signals reach it.
    `exec ${command.map(quoted).join(" ")}`,
    ""
  ].join("\n")
}
