/** Shows the runs behind a page that was written into a folder: what was known when it was. */
import type { RunView } from "../../../schemas/run-view.ts"
import { linkTo, section } from "./section.ts"

const slot = document.getElementById("run")
const view = JSON.parse(slot?.textContent ?? "null") as RunView | null
if (slot !== null && view !== null) {
  const { root } = section(view)
  slot.before(root)
  linkTo(root)
}
