import { inflateSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { png } from "../../../stages/report/figures/png.ts"

const chart = (inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" color="#1b1f24" width="60" height="40" font-family="system-ui, sans-serif" ` +
  `font-size="12" fill="currentColor">${inside}</svg>`

/** Width, height, and rows of a PNG of four bytes a pixel without interlacing, filters undone where there are none. */
const read = (bytes: Uint8Array) => {
  const data = Buffer.from(bytes)
  expect([...data.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  const [width, height] = [data.readUInt32BE(16), data.readUInt32BE(20)]
  const parts: Array<Buffer> = []
  for (let at = 8; at < data.length;) {
    const length = data.readUInt32BE(at)
    if (data.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(data.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  return { width, height, pixels: inflateSync(Buffer.concat(parts)) }
}

describe("a picture of a chart", () => {
  it("has two pixels for one of the chart's, and the same bytes each time", async () => {
    const svg = chart("<rect width=\"30\" height=\"40\" fill=\"#1E88E5\"/>")
    const first = await png(svg)
    expect(read(first)).toMatchObject({ width: 120, height: 80 })
    expect(Buffer.from(await png(svg)).equals(Buffer.from(first))).toBe(true)
  })

  it("is on white", async () => {
    const { pixels } = read(await png(chart("")))
    // the first row begins with its filter's name
    expect([...pixels.subarray(1, 5)]).toEqual([255, 255, 255, 255])
  })

  it("has the chart's words in it, powers and signs too, in a face that comes along", async () => {
    const pictures = await Promise.all(
      ["", "a", "b", "10⁻⁴", "10⁻⁵", "10¹⁵", "σ", "×", "±", "−", "·", "→"].map((text) =>
        png(chart(`<text x="5" y="25">${text}</text>`))
      )
    )
    expect(new Set(pictures.map((picture) => Buffer.from(picture).toString("hex"))).size).toBe(pictures.length)
    // a bold title is written in another weight
    const bold = await png(chart("<text x=\"5\" y=\"25\" font-weight=\"600\">a</text>"))
    expect(Buffer.from(bold).equals(Buffer.from(pictures[1]!))).toBe(false)
  })
})
