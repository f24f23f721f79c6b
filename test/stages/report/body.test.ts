import { DOMParser } from "linkedom"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Body } from "../../../pipeline/stage.ts"
import { rowCount } from "../../../schemas/table.ts"
import { body } from "../../../stages/report/body.ts"
import { withDatabase } from "../../../stages/report/database.ts"
import { document } from "../../../stages/report/format/document.ts"
import { page } from "../../../stages/report/format/page.ts"
import type { Inputs } from "../../../stages/report/load.ts"
import { compose } from "../../../stages/report/report.ts"
import type { report } from "../../../stages/report/stage.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

type IO = Body<typeof report>
interface Written {
  readonly files: ReadonlyMap<string, string>
  readonly cells: Parameters<IO["write"]["cells"]>[0]
  readonly sources: Parameters<IO["write"]["sources"]>[0]
  readonly queries: Parameters<IO["write"]["queries"]>[0]
}

const run = async (
  paths: Inputs,
  signal = new AbortController().signal
): Promise<Written> => {
  let files = new Map<string, string>()
  let cells: Written["cells"] | undefined
  let sources: Written["sources"] | undefined
  let queries: Written["queries"] | undefined
  const unused = () => Promise.reject(new Error("the report queries its inputs"))
  const io: IO = {
    config: config(),
    read: {
      documents: unused,
      packed: unused,
      metrics: unused,
      spectra: unused,
      dynamics: unused,
      intruders: unused,
      similarity: unused,
      perplexity: unused,
      accuracy: unused,
      scores: unused,
      workPerplexity: unused,
      modelPerplexity: unused,
      modelAccuracy: unused,
      modelSpectra: unused
    },
    paths,
    digests: paths.digests,
    write: {
      files: async ({ content, path }) => {
        files = new Map(path.map((name, index) => [name, new TextDecoder().decode(content[index])]))
      },
      cells: async (columns) => {
        cells = columns
      },
      sources: async (columns) => {
        sources = columns
      },
      queries: async (columns) => {
        queries = columns
      }
    },
    files: {},
    progress: () => {},
    threads: 1,
    acceptances: [],
    engine: "reference",
    signal
  }
  await body(io)
  return { files, cells: cells!, sources: sources!, queries: queries! }
}

const folder = mkdtempSync(join(tmpdir(), "report-body-"))
let inputs: Inputs
let first: Written
let second: Written
beforeAll(async () => {
  inputs = writeInputs(join(folder, "a"))
  first = await run(inputs)
  // another place, and the runs' files listed in another order
  const {
    accuracy,
    digests,
    documents,
    dynamics,
    intruders,
    metrics,
    packed,
    perplexity,
    scores,
    similarity,
    spectra,
    ...models
  } = writeInputs(join(folder, "elsewhere"))
  second = await run({
    documents,
    packed,
    metrics: metrics.toReversed(),
    spectra: spectra.toReversed(),
    dynamics: dynamics.toReversed(),
    intruders: intruders.toReversed(),
    similarity: similarity.toReversed(),
    perplexity: perplexity.toReversed(),
    accuracy: accuracy.toReversed(),
    scores: scores.toReversed(),
    digests: Object.fromEntries(
      Object.entries(digests).map(([port, given]) => [port, typeof given === "string" ? given : given.toReversed()])
    ) as unknown as Inputs["digests"],
    ...models
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("a report", () => {
  it("has the same bytes wherever its inputs lie and in whatever order they come", () => {
    expect([...second.files.keys()]).toEqual([...first.files.keys()])
    for (const [path, content] of first.files) expect(second.files.get(path) === content, path).toBe(true)
    expect(second.cells).toEqual(first.cells)
    expect(second.sources).toEqual(first.sources)
    expect(second.queries).toEqual(first.queries)
  })

  it("is a page, a Markdown file, and every table in four formats, with what it was made from", () => {
    const paths = [...first.files.keys()]
    expect(paths.slice(0, 2)).toEqual(["report.html", "report.md"])
    const tables = [...new Set(first.cells.table)]
    expect(paths.filter((path) => path.startsWith("tables/")).toSorted()).toEqual(
      ["tables/tables.tex"].concat(
        tables.flatMap((name) =>
          ["csv", "md", "parquet", "provenance.json", "tex"].map((ending) => `tables/${name}.${ending}`)
        )
      ).toSorted()
    )
    expect(rowCount(first.cells)).toBeGreaterThan(1000)
  })

  it("links no file that it does not hold", () => {
    const page = first.files.get("report.html")! + first.files.get("report.md")!
    const links = [...page.matchAll(/(?:href="|\]\()((?:tables|figures)\/[^")]+)/g)].map((match) => match[1]!)
    expect(links.length).toBeGreaterThan(30)
    for (const link of links) expect(first.files.has(link), link).toBe(true)
  })

  it("draws figures that are well-formed SVG with titles on their points", () => {
    const figures = [...first.files].filter(([path]) => path.startsWith("figures/") && path.endsWith(".svg"))
    expect(figures.map(([path]) => path)).toContain("figures/weight-per-w-2-nano.svg")
    for (const [path, svg] of figures) {
      const document = new DOMParser().parseFromString(svg, "image/svg+xml")
      expect(document.documentElement?.getAttribute("xmlns"), path).toBe("http://www.w3.org/2000/svg")
      expect(document.querySelectorAll("title").length, path).toBeGreaterThan(0)
      expect(svg, path).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  it("draws what the study draws, for each size and suite", () => {
    const names = ["learning-rates", "learning-rates-published"].concat(["nano", "micro"].flatMap((size) => [
      ...["loss", "loss-cost", "perplexity-text", "perplexity-cost"].map((name) => `${name}-${size}`),
      ...["accuracy", "accuracy-steps", "accuracy-cost", "paradigms"].map((name) => `${name}-blimp-${size}`),
      ...["weight-per", "realised-condition", "similarity-cka", "activation-anisotropy"].map((name) =>
        `${name}-w-2-${size}`
      ),
      ...["first", "last"].map((half) => `half-per-ov-${size}-${half}`)
    ]))
    const paths = [...first.files.keys()]
    expect(names.filter((name) => !paths.includes(`figures/${name}.svg`))).toEqual([])
  })

  it("draws an arm by what it has cost", () => {
    // relora: 5 steps of 1e6 operations, then 15 of 8e5
    expect(first.files.get("figures/loss-cost-nano.svg")).toContain(
      "relora, seed 42, step 20, 1.70e+7 operations: 4.25"
    )
  })

  it("ends the published schedules where their formulas do", () => {
    const svg = first.files.get("figures/learning-rates-published.svg")!
    expect(svg).toContain("relora, step 20000: 2.945e-4")
    expect(svg).toContain("full-rank, step 20000: 2.734e-4")
  })

  it("draws each figure as a picture too", () => {
    const pictures = [...first.files.keys()].filter((path) => path.endsWith(".png"))
    const charts = [...first.files.keys()].filter((path) => path.endsWith(".svg"))
    expect(pictures.map((path) => path.replace(".png", ".svg"))).toEqual(charts)
  })

  it("marks merges and the unigram entropy in the figure of the loss", () => {
    const svg = first.files.get("figures/loss-nano.svg")!
    expect(svg).toContain("<title>merge at step 10: relora, as-published</title>")
    expect(svg).toContain("unigram entropy 1.39")
  })

  it("interrupts a line where there is no spectrum", () => {
    // the adapter of as-published is zero until step 10: two of five checkpoints have a point
    const svg = first.files.get("figures/adapter-per-w-2-nano.svg")!
    expect(svg.match(/<title>as-published, step/g)).toHaveLength(2)
  })
})

describe("figures of realised changes", () => {
  it("say which steps a change spans, and draw no line between changes", () => {
    const svg = first.files.get("figures/realised-rank-w-2-nano.svg")!
    expect(svg).toContain("<title>full-rank, steps 5 to 10: 8.0 ± 0.0</title>")
    expect(svg).toContain("aria-label=\"link\"")
    expect(svg).not.toContain("aria-label=\"line\"")
  })
})

describe("the page", () => {
  it("needs no network and no other file to be read", () => {
    const page = first.files.get("report.html")!
    const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script!)
    expect(scripts).toHaveLength(1)
    expect(scripts[0]).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|\bimport\(|sendBeacon|EventSource/)
    const still = page.replace(/<script[^]*?<\/script>/g, "")
    expect(still).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=/)
    const addresses = (text: string) =>
      [...text.matchAll(/https?:\/\/[^"'`\s<]+/g)].map(([url]) => url).filter((url) =>
        !url.startsWith("http://www.w3.org/")
      )
    expect(addresses(still)).toEqual([])
    expect(addresses(scripts[0]!)).toEqual([])
  })

  it("escapes the study's own words", () => {
    expect(first.files.get("report.html")).toContain("Made-up numbers &amp; &lt;tags&gt; | pipes_100%")
  })

  it("holds no clock and no path", () => {
    for (const [path, content] of first.files) expect(content.includes(folder), path).toBe(false)
  })
})

it("says which older results count by accepted changes, one sentence for equal ones", async () => {
  const change = { leaf: "code", before: "a".repeat(64), after: "b".repeat(64), author: "ada", reason: "a <comment>" }
  const report = await withDatabase(new AbortController().signal, (database) =>
    compose(database, config(), inputs, [
      { ...change, instance: "spectra/one", at: "2026-01-02T03:04:05.000Z" },
      { ...change, instance: "spectra/two", at: "2026-01-02T03:04:06.000Z" },
      {
        instance: "evaluate",
        leaf: "config.step",
        after: 3,
        author: "ada",
        reason: "new",
        at: "2026-01-02T03:04:05.000Z"
      }
    ]))
  const [asText, asPage] = [document(report), page(report)]
  const sentences = [
    "Of spectra/one and 1 more an older result counts: a change was accepted, code aaaaaaaaaaaa → bbbbbbbbbbbb, by ada on " +
    "2026-01-02: a <comment>.",
    "Of evaluate an older result counts: a change was accepted, config.step absent → 3, by ada on 2026-01-02: new."
  ]
  for (const sentence of sentences) {
    expect(asText).toContain(sentence)
    expect(asPage).toContain(sentence.replace("<", "&lt;").replace(">", "&gt;"))
    expect(first.files.get("report.md")).not.toContain("accepted")
  }
})

it("stops when the run is interrupted", async () => {
  await expect(run(inputs, AbortSignal.abort(new Error("interrupted")))).rejects.toThrow("interrupted")
})
