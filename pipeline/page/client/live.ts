/** Shows the runs of a study as they go on: what runs, how far, curves, the log, and all that the still page shows. */
import type { RunInstance, RunView } from "../../../schemas/run-view.ts"
import { type CurrentRun, type Curve, type Feed, type LogLine, paths } from "../feed.ts"
import { count, duration, figures, reached } from "../words.ts"
import { chart, type Curves } from "./chart.ts"
import { element } from "./element.ts"
import { linkTo, section } from "./section.ts"

/** Lines of the log that are kept. */
const kept = 500
/** Milliseconds before another try where the connection was refused, and not just lost. */
const patience = 3000

const why = async (id: string): Promise<ReadonlyArray<string>> => {
  const answer = await fetch(`${paths.why}?instance=${encodeURIComponent(id)}`)
  if (!answer.ok) throw new Error(await answer.text())
  return await answer.json() as ReadonlyArray<string>
}

const slot = document.getElementById("run")!
const first = JSON.parse(slot.textContent ?? "null") as RunView
const main = document.querySelector("main") ?? slot.parentElement!
const connection = element("span", { className: "connection", role: "status" }, "connecting")
const about = element("p", { className: "now" })
const running = element("div", { className: "at-work" })
const curvesPart = element("div", { hidden: true })
const lines = element("ol", { className: "log", tabIndex: 0 })
lines.setAttribute("aria-label", "Log, newest last")
const fresh = element("p", { className: "note", hidden: true })
const runs = section(first, why)
const heading = runs.root.querySelector("h2")!
const logPart = element("details", { open: true }, element("summary", {}, "log"), lines)
logPart.className = "log-part"
heading.after(connection, fresh, about, running, curvesPart)
runs.root.append(logPart)
runs.root.classList.add("live")
main.prepend(runs.root)
linkTo(runs.root)

const curves: Curves = new Map()
const redraw = chart(curvesPart, curves)
const byId = new Map<string, RunInstance>()
const left = new Map<string, number>()
let current: CurrentRun | null = null
let report: string | null | undefined

const tellRun = () => {
  if (current === null) {
    about.textContent = "Nothing has run yet. Start a run in another terminal: npx pipeline run"
    return
  }
  const { at, done, host, left, pid, run, state, total } = current
  const share = `${done.toLocaleString("en")} of ${count(total, "instance")} done`
  about.textContent = state === "running"
    ? `Run ${run} goes on (process ${pid} on ${host}): ${share}, ${duration((Date.now() - Date.parse(at)) / 1000)}${
      left === undefined ? "" : `, about ${duration(left)} left`
    }`
    : `No run goes on. The last one, ${run}, ${
      state === "ended" ? "has ended" : state === "done" ? "is done" : state === "failed" ? "failed" : "was interrupted"
    }: ${share}.`
}

const tellRunning = () => {
  const all = [...byId.values()].filter(({ state }) => state === "running")
  running.replaceChildren(...all.map(({ id, progress, since }) => {
    const name = element("button", { type: "button", className: "link" }, id)
    name.addEventListener("click", () => runs.show(id))
    const meter = element("progress", {})
    meter.setAttribute("aria-label", `Progress of ${id}`)
    if (progress !== undefined && progress.total > 0) {
      meter.max = progress.total
      meter.value = progress.done
    }
    const rest = left.get(id)
    const parts = progress === undefined
      ? [since === undefined ? "" : duration((Date.now() - Date.parse(since)) / 1000)]
      : [
        reached(progress),
        figures(progress.figures),
        rest === undefined ? "" : `about ${duration(rest)} left`
      ]
    return element("div", {}, name, meter, element("span", {}, parts.filter((part) => part !== "").join(" · ")))
  }))
}

const tellLog = (added: ReadonlyArray<LogLine>) => {
  const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8
  lines.append(
    ...added.map(({ at, seq, text }) =>
      element("li", {}, element("time", { dateTime: at }, at.slice(11, 19)), ` ${text}`, element("i", {}, ` ${seq}`))
    )
  )
  while (lines.children.length > kept) lines.firstElementChild!.remove()
  if (atEnd) lines.scrollTop = lines.scrollHeight
}

const take = (some: ReadonlyArray<Curve>) => {
  for (const { figure, points, series } of some) {
    const all = curves.get(figure) ?? new Map<string, Map<number, number>>()
    curves.set(figure, all)
    const own = all.get(series) ?? new Map<number, number>()
    all.set(series, own)
    for (let index = 0; index < points.length; index += 2) own.set(points[index]!, points[index + 1]!)
  }
  redraw()
}

const tellReport = (digest: string | null) => {
  if (report === undefined) report = digest
  fresh.hidden = digest === report
  if (fresh.hidden) return
  const reload = element("button", { type: "button" }, "show it")
  reload.addEventListener("click", () => location.reload())
  fresh.replaceChildren("There is a new report. ", reload)
}

const handlers: { readonly [K in keyof Feed]: (data: Feed[K]) => void } = {
  all: ({ curves: some, log, report, run, view }) => {
    byId.clear()
    for (const instance of view.instances) byId.set(instance.id, instance)
    runs.replace(view)
    current = run
    lines.replaceChildren()
    tellLog(log)
    lines.scrollTop = lines.scrollHeight
    curves.clear()
    take(some)
    tellReport(report)
    tellRun()
    tellRunning()
  },
  instances: (changed) => {
    for (const instance of changed) {
      byId.set(instance.id, instance)
      if (instance.state !== "running") left.delete(instance.id)
    }
    runs.renew(changed)
    tellRunning()
  },
  progress: ({ id, left: rest, progress }) => {
    const before = byId.get(id)
    if (before === undefined) return
    byId.set(id, { ...before, progress })
    if (rest === undefined) left.delete(id)
    else left.set(id, rest)
    tellRunning()
  },
  run: (run) => {
    current = run
    tellRun()
  },
  log: tellLog,
  curves: take,
  report: tellReport
}

const connect = () => {
  const source = new EventSource(paths.events)
  source.addEventListener("open", () => {
    connection.textContent = "live"
    connection.dataset["state"] = "live"
  })
  source.addEventListener("error", () => {
    connection.textContent = "connection lost, trying again"
    connection.dataset["state"] = "lost"
    // A connection that broke is made again by the browser; one that was refused is not.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, patience)
  })
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(
      name,
      (event) => (handle as (data: unknown) => void)(JSON.parse((event as MessageEvent<string>).data))
    )
  }
}
connect()
setInterval(() => {
  if (document.hidden) return
  tellRun()
  if ([...byId.values()].some(({ progress, state }) => state === "running" && progress === undefined)) tellRunning()
}, 1000)
