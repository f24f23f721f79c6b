/** The page that is served while a study has no report: a head, and the slot that everything else comes from. */
import { emptySlot } from "../../schemas/run-slot.ts"
import { escape } from "./fill.ts"

const css = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a; --rule: #d0d7de; --shade: #f6f8fa; --accent: #0b63b0; --note: #fff4e3; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e6e8eb; --soft: #a3abb5; --rule: #343a42; --shade: #1c2026; --accent: #6db3f2; --note: #2c2417; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header { max-width: 82rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
main { padding-bottom: 3rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.4rem; margin: 1.5rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); }
h2::first-letter { text-transform: uppercase; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
p, li { max-width: 60rem; }
.caption { color: var(--soft); font-size: .88rem; }
.note { background: var(--note); padding: .5rem .8rem; border-radius: 4px; font-size: .9rem; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .6rem; text-align: left; vertical-align: bottom; border-bottom: 1px solid var(--rule); }
th.n, td.n { text-align: right; }
.filter { display: flex; gap: .8rem; align-items: baseline; margin: .4rem 0; font-size: .84rem; color: var(--soft); }
input[type=search], select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; padding: .15rem .4rem; max-width: 100%; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 40rem) { h1 { font-size: 1.6rem; } }
`

export const shell = (study: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(study)}</title>
<style>${css}</style>
</head>
<body>
<header><h1>${escape(study)}</h1>
<p class="caption">There is no report yet: it will stand here once it is made (npx pipeline run report).</p></header>
<main>
${emptySlot}
</main>
</body>
</html>
`
