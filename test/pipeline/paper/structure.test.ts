import { describe, expect, it } from "vitest"
import { structure } from "../../../pipeline/paper/structure.ts"

const of = (path: string, text: string) => structure(path, Buffer.from(text))

describe("structure", () => {
  it("of a page is its elements, whatever its words, scripts and styles", () => {
    const page = (cell: string, script = "") =>
      `<p class="a">${cell}<br></p><script>${script}</script><style>b{}</style>`
    expect(of("a.html", page("1", "if (1 < 2) x"))).toBe(of("a.html", page("2.5 <i", "y").replace(" <i", "")))
    expect(of("a.html", page("1"))).not.toBe(of("a.html", page("<b>1</b>")))
    expect(of("a.svg", "<g><path d=\"M0,1\"/></g>")).toBe(of("a.svg", "<g><path d=\"M5,1L2,2\"/></g>"))
    expect(of("a.svg", "<g><path/></g>")).not.toBe(of("a.svg", "<g><path/><path/></g>"))
  })

  it("of a text is its words and how many numbers stand between them, in every spelling", () => {
    const same = [
      ["| a | −1,234.5 | 1.2·10⁷ | ∞ | – |", "| a | 2 | 3.4·10⁻⁸ | 0.5 | 7 |"],
      ["a & 41{,}943 & $1.50\\times10^{7}$ & $-$1.2 \\\\", "a & 7 & 2.3 & 0.4 \\\\"],
      ["a,1e-4,NaN,inf", "a,0.3,5,6"]
    ]
    for (const [a, b] of same) expect(of("a.md", a!)).toBe(of("a.md", b!))
    expect(of("a.md", "ReLoRA is higher by 2")).not.toBe(of("a.md", "ReLoRA is lower by 2"))
    expect(of("a.csv", "a,1,2")).not.toBe(of("a.csv", "a,1"))
    expect(of("a.csv", "a,1\nb,2\n")).not.toBe(of("a.csv", "a,1\n"))
  })

  it("of JSON is its names, lengths and kinds", () => {
    expect(of("a.json", "{\"a\":[1,\"x\"]}")).toBe(of("a.json", "{ \"a\": [2, \"y\"] }"))
    expect(of("a.json", "{\"a\":[1]}")).not.toBe(of("a.json", "{\"a\":[1,2]}"))
    expect(of("a.json", "{\"a\":1}")).not.toBe(of("a.json", "{\"b\":1}"))
    expect(of("a.json", "{\"a\":1}")).not.toBe(of("a.json", "{\"a\":\"1\"}"))
  })
})
