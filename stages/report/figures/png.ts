/** Charts as pictures: SVG drawn by resvg, in WebAssembly, so that the same chart has the same bytes on every machine. */
import face from "@expo-google-fonts/inter/package.json" with { type: "json" }
import { initWasm, Resvg } from "@resvg/resvg-wasm"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"

/** Pixels of a picture for one of the chart's: 200 an inch where a chart is as wide as a page's text. */
const zoom = 2

const { resolve } = createRequire(import.meta.url)
/** The weights that charts are written in: text, and titles. */
const weights = ["400Regular/Inter_400Regular", "600SemiBold/Inter_600SemiBold"]

const prepare = async (): Promise<ReadonlyArray<Uint8Array>> => {
  await initWasm(readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")))
  return Promise.all(weights.map((weight) => readFile(resolve(`${face.name}/${weight}.ttf`))))
}
let prepared: ReturnType<typeof prepare> | undefined

/** A chart on white as a PNG file, written in Inter, whatever the machine has. */
export const png = async (svg: string): Promise<Uint8Array> => {
  const fontBuffers = [...await (prepared ??= prepare())]
  const drawing = new Resvg(svg, {
    background: "#fff",
    fitTo: { mode: "zoom", value: zoom },
    font: { fontBuffers, defaultFontFamily: "Inter", sansSerifFamily: "Inter", loadSystemFonts: false }
  })
  try {
    const picture = drawing.render()
    const bytes = picture.asPng()
    picture.free()
    return bytes
  } finally {
    drawing.free()
  }
}
