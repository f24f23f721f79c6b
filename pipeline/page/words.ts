/** Numbers and states in words, as the command line and pages tell them. */
import type { RunProgress, RunState } from "../../schemas/run-view.ts"
import { type Counts, states } from "./outline.ts"

/** 0.4 s, 42 s, 3 min 05 s, 2 h 10 min. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 100) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** 12 kB, 3.4 MB, 1.25 GB, 70.5 EB. */
export const bytes = (size: number): string => {
  if (size < 1e6) return `${(size / 1e3).toFixed(0)} kB`
  if (size < 1e9) return `${(size / 1e6).toFixed(1)} MB`
  if (size < 1e12) return `${(size / 1e9).toFixed(2)} GB`
  const units = ["TB", "PB", "EB"]
  const index = Math.min(units.length - 1, Math.floor(Math.log10(size) / 3) - 4)
  return `${Number((size / 10 ** (12 + 3 * index)).toPrecision(3))} ${units[index]}`
}

/** 2026-05-01 12:30:05 UTC */
export const moment = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`

/** A sign beside the word, so that nothing is told by colour alone. */
export const signs: Readonly<Record<RunState, string>> = {
  fresh: "✓",
  running: "▶",
  queued: "⧗",
  requeued: "⟳",
  stale: "↻",
  missing: "○",
  failed: "✗",
  blocked: "⊘"
}

/** 3 running, 12 fresh */
export const counted = (counts: Counts): string =>
  states.filter((state) => counts[state] > 0).map((state) => `${counts[state].toLocaleString("en")} ${state}`).join(
    ", "
  )

/** 1 stage, 2 stages. */
export const count = (many: number, one: string): string =>
  `${many.toLocaleString("en")} ${one}${many === 1 ? "" : "s"}`

/** 12 of 40 steps */
export const reached = ({ done, total, unit }: RunProgress): string =>
  `${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${unit}`

/** Four digits that count; whole numbers from a thousand. */
export const figure = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4)))

export const figures = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values).map(([name, value]) => `${name} ${figure(value)}`).join(", ")
