/**
 * What a run looks like while it goes on: in a terminal a block of running stages that is drawn anew, below the lines of
 * what has ended; elsewhere plain lines.
 */
import type { Instance } from "../graph.ts"
import type { Notice } from "../notice.ts"
import type { Progress } from "../stage.ts"
import * as Format from "./format.ts"
import { bar, clip, sparkline } from "./sparkline.ts"
import * as Style from "./style.ts"

export interface View {
  readonly observe: (notice: Notice) => void
  /** Draws the present; call a few times a second. */
  readonly draw: () => void
  /** Says that the run ends as soon as its stages have saved what they can. */
  readonly stopping: () => void
  /** Removes the block of running stages. */
  readonly close: () => void
}

interface Running {
  readonly instance: Instance
  readonly since: number
  /** Share of the work that an earlier attempt did. */
  readonly before: number
  progress: Progress | undefined
  /** The first of its figures, as it came. */
  readonly figure: Array<number>
  told: number
}

/** Milliseconds between progress lines of one stage where the output is not a terminal. */
const plainInterval = 10_000

/** Milliseconds of work before an estimate of what is left is worth showing: the first steps of a stage are slow. */
const warmUp = 8_000

const figuresText = (figures: Readonly<Record<string, number>>) =>
  Object.entries(figures).map(([name, value]) =>
    `${name} ${Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(4)}`
  ).join("  ")

const reachedText = ({ done, total, unit }: Progress) =>
  `${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${unit}`

const progressText = ({ before, figure, progress, since }: Running, now: number, drawn: boolean): string => {
  if (progress === undefined) return Format.duration((now - since) / 1000)
  const share = progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total)
  const seconds = (now - since) / 1000
  const done = share - before
  const left = done > 0.02 && share < 1 ? `  ${Format.duration(seconds / done * (1 - share))} left` : ""
  const line = drawn ? sparkline(figure) : ""
  return `${drawn ? `${bar(share, 12)} ` : ""}${reachedText(progress)}  ${figuresText(progress.figures ?? {})}${
    line === "" ? "" : `  ${line}`
  }${left}`
}

/** Starts a view over `total` instances. `clock` gives milliseconds. */
export const make = (
  out: NodeJS.WriteStream,
  instances: ReadonlyArray<Instance>,
  clock: () => number
): View => {
  const terminal = out.isTTY === true && process.env.TERM !== "dumb"
  const running = new Map<string, Running>()
  const begun = clock()
  const flops = instances.reduce((sum, { flops }) => sum + flops, 0)
  let ended = 0
  let reused = 0
  let flopsDone = 0
  let flopsRun = 0
  /** When the first stage began whose work is known: the pace counts from there. */
  let paced: number | undefined
  let drawn = 0
  let ending = false

  const erase = () => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const line = (text: string) => {
    erase()
    out.write(`${text}\n`)
  }
  /** Seconds left, by the work of what is left and the pace so far. */
  const left = (): number | undefined => {
    let partial = 0
    for (const { instance, progress } of running.values()) {
      if (progress !== undefined && progress.total > 0) {
        partial += instance.flops * Math.min(1, progress.done / progress.total)
      }
    }
    if (paced === undefined || clock() - paced < warmUp) return undefined
    const pace = (flopsRun + partial) / (clock() - paced)
    return pace > 0 ? (flops - flopsDone - partial) / pace / 1000 : undefined
  }
  const end = (instance: Instance) => {
    running.delete(instance.id)
    ended += 1
    flopsDone += instance.flops
  }
  const draw = () => {
    if (!terminal) return
    erase()
    const now = clock()
    const width = Math.max(40, out.columns ?? 100) - 1
    const name = Math.max(...[...running.values()].map(({ instance }) => instance.id.length), 0)
    const rows = [...running.values()].map((one) =>
      `${Style.cyan("▶")} ${one.instance.id.padEnd(name)}  ${progressText(one, now, true)}`
    )
    const rest = left()
    rows.push(Style.dim(
      `${ended} of ${instances.length} done${reused > 0 ? ` (${reused} reused)` : ""}, ${
        Format.duration((now - begun) / 1000)
      }${rest === undefined ? "" : `, about ${Format.duration(rest)} left`}`
    ))
    for (const row of rows) out.write(`${clip(row, width)}\n`)
    drawn = rows.length
  }
  const observe = (notice: Notice) => {
    const { id } = notice.instance
    switch (notice.type) {
      case "reused":
        end(notice.instance)
        reused += 1
        return
      case "started": {
        running.set(id, {
          instance: notice.instance,
          since: clock(),
          before: notice.from === undefined ? 0 : notice.from.done / notice.from.total,
          progress: undefined,
          figure: [],
          told: clock()
        })
        if (notice.instance.flops > 0) paced ??= clock()
        const from = notice.from === undefined ? "" : `, going on at ${reachedText(notice.from)}`
        const where = notice.where === undefined ? "" : ` ${notice.where}`
        if (!terminal || from !== "") line(`started ${id}${where}${from}`)
        return
      }
      case "queued":
        running.delete(id)
        if (notice.again) return line(`${id}: job ${notice.job} was requeued`)
        return terminal ? undefined : line(`queued ${id}, job ${notice.job}`)
      case "saved":
        // What is saved on the way is nothing to read about; what is saved at the end is what the next run begins with.
        return ending ? line(`saved ${id} at ${reachedText(notice.reached)}`) : undefined
      case "remarked":
        return line(`${id}: ${notice.text}`)
      case "fenced":
        running.delete(id)
        return line(`${id}: this process was silent for so long that another one took over; waiting for its result`)
      case "stopped":
        return void running.delete(id)
      case "waits":
        return line(
          `${id} is being made by process ${notice.holder.pid} on ${notice.holder.host}; waiting for its result`
        )
      case "progressed": {
        const one = running.get(id)
        if (one === undefined) return
        one.progress = notice.progress
        one.figure.push(...Object.values(notice.progress.figures ?? {}).slice(0, 1))
        if (!terminal && clock() - one.told > plainInterval) {
          one.told = clock()
          line(`  ${id}: ${progressText(one, clock(), false)}`)
        }
        return
      }
      case "differed":
        return line(
          `${Style.yellow("!")} ${id}: ${notice.outputs.join(", ")} differs from what the same key gave before${
            notice.promised ? ", as its stage allows" : `; pipeline verify --rebuild ${id} -n 3 tells how`
          }`
        )
      case "succeeded":
        end(notice.instance)
        flopsRun += notice.instance.flops
        return line(`${Style.green("✓")} ${id} ${Style.dim(Format.duration(notice.seconds))}`)
      case "failed":
        running.delete(id)
        return line(`${Style.red("✗")} ${notice.error.message.startsWith(id) ? "" : `${id}: `}${notice.error.message}`)
    }
  }
  const stopping = () => {
    ending = true
    line("stopping: what is being trained is saved after its current step; Ctrl-C again leaves at once")
  }
  return { observe, draw, stopping, close: erase }
}
