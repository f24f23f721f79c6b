/** Brings the page to life. Without a script it is whole too: tables and figures stand in it. */
import type { PageData } from "./data.ts"
import { explore } from "./explorer.ts"
import { enliven } from "./tables.ts"

for (const container of document.querySelectorAll<HTMLElement>(".scroll")) enliven(container)

const data = document.getElementById("series")?.textContent
const root = document.getElementById("explorer")
if (data !== undefined && data !== null && root !== null) {
  root.closest("section")!.hidden = false
  explore(root, JSON.parse(data) as PageData)
}
