/** Brings the page to life. Without a script it is whole too: tables and figures stand in it. */
import type { RunView } from "../../../schemas/run-view.ts"
import { tellSources } from "./cells.ts"
import type { CellData, PageData } from "./data.ts"
import { explore } from "./explorer.ts"
import { enliven } from "./tables.ts"

/** What an element of the page holds for the script; null where there is nothing. */
const held = <A>(id: string): A | null => JSON.parse(document.getElementById(id)?.textContent ?? "null") as A | null

const cells = held<CellData>("cells")
if (cells !== null) tellSources(cells, held<RunView>("run"))

for (const container of document.querySelectorAll<HTMLElement>(".scroll")) enliven(container)

const data = held<PageData>("series")
const root = document.getElementById("explorer")
if (data !== null && root !== null) {
  root.closest("section")!.hidden = false
  explore(root, data)
}
