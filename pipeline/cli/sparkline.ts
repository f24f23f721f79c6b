/** Numbers as a line of blocks, the last ones of a width, from the smallest to the largest of those shown. */
const blocks = "▁▂▃▄▅▆▇█"

export const sparkline = (values: ReadonlyArray<number>, width = 16): string => {
  const shown = values.filter(Number.isFinite).slice(-width)
  if (shown.length < 2) return ""
  const [low, high] = [Math.min(...shown), Math.max(...shown)]
  const place = (value: number) => high === low ? 0 : Math.round((value - low) / (high - low) * (blocks.length - 1))
  return shown.map((value) => blocks[place(value)]).join("")
}

/** A bar of a share of something. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return `${"█".repeat(full)}${"░".repeat(width - full)}`
}

/** Cuts a line to a width, counting no escape sequences. */
export const clip = (text: string, width: number): string => {
  let visible = 0
  let result = ""
  for (const part of text.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith("\u001b")) result += part
    else {
      result += part.slice(0, Math.max(0, width - visible))
      visible += part.length
    }
  }
  return result
}
