/**
 * The place in a page where the facts of runs go (run-view.ts): a page is an artifact, so it is made without them and holds an empty
 * slot; `run` fills it where it writes the page into a folder. Stages' bodies import this module, so it imports nothing.
 */

/** What stands in a page that nothing of a run has been put into. */
export const emptySlot = "<script type=\"application/json\" id=\"run\">null</script>"

/** The slot with a value in it; no text in that can end its element. */
export const filledSlot = (view: object): string =>
  `<script type="application/json" id="run">${JSON.stringify(view).replaceAll("<", "\\u003c")}</script>`
