/** The page's style: system faces, light and dark by the reader's choice, ink on paper. */
export const css = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --soft: #57606a; --rule: #d0d7de; --shade: #f6f8fa;
    --accent: #0b63b0; --note: #fff4e3; --holds: #0b6b45; --fails: #a3261c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e6e8eb; --soft: #a3abb5; --rule: #343a42; --shade: #1c2026;
    --accent: #6db3f2; --note: #2c2417; --holds: #5fd0a0; --fails: #ff9a8f;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.2rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main, header { max-width: 82rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); }
h2::first-letter { text-transform: uppercase; }
h3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p, li { max-width: 48rem; }
.about { font-size: 1.1rem; color: var(--soft); margin: 0 0 .75rem; }
nav {
  position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--rule);
  margin-top: 1.5rem; overflow-x: auto;
}
nav ul { max-width: 82rem; margin: 0 auto; padding: .6rem 1.25rem; display: flex; gap: 1.25rem; list-style: none; }
nav a { color: var(--soft); text-decoration: none; white-space: nowrap; font-size: .92rem; }
nav a:hover, nav a:focus { color: var(--accent); }
nav a::first-letter { text-transform: uppercase; }
a { color: var(--accent); }
.glance {
  columns: 27rem 2; column-gap: 2.5rem; margin: 1.2rem 0;
  padding: 1rem 1.25rem; background: var(--shade); border: 1px solid var(--rule); border-radius: 8px; font-size: .92rem;
}
.glance > div { break-inside: avoid; padding-bottom: .8rem; }
.glance h2 { font-size: .95rem; margin: 0 0 .3rem; padding: 0; border: 0; }
.glance p { margin: 0 0 .4rem; }
.glance ul { margin: .2rem 0 0; padding-left: 1.1rem; }
.glance .verdicts { list-style: none; padding: 0; display: grid; gap: .15rem; font-size: .88rem; }
.glance .verdicts li { display: grid; grid-template-columns: 6.4rem minmax(0, 1fr); }
[data-verdict=holds] { color: var(--holds); }
[data-verdict=fails] { color: var(--fails); }
.findings li { margin: .45rem 0; }
.note {
  background: var(--note); padding: .6rem .8rem; border-radius: 4px; font-size: .82rem;
  line-height: 1.45; max-width: 60rem; margin: .5rem 0;
}
.caption { color: var(--soft); font-size: .88rem; margin: .5rem 0 0; max-width: 60rem; }
.files { font-size: .82rem; margin: .25rem 0 0; color: var(--soft); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
thead { border-bottom: 1px solid var(--ink); border-top: 2px solid var(--ink); }
tbody { border-bottom: 2px solid var(--ink); }
th, td { padding: .28rem .6rem; text-align: left; vertical-align: bottom; }
td { white-space: nowrap; }
td.p { white-space: normal; min-width: 16rem; max-width: 34rem; }
td[data-verdict] { font-weight: 600; }
td[data-verdict=holds] { color: var(--holds); }
td[data-verdict=fails] { color: var(--fails); }
th { font-weight: 600; }
th span { font-weight: 400; color: var(--soft); display: block; font-size: .76rem; }
th.n, td.n { text-align: right; }
th.s, td.s { border-left: 1px solid var(--rule); }
.groups th, .groups td {
  text-align: center; border-bottom: 1px solid var(--rule); color: var(--soft); font-weight: 500;
}
.groups th + th { border-left: 1px solid var(--rule); }
tbody tr:nth-child(even) { background: var(--shade); }
tbody tr:hover { outline: 1px solid var(--accent); outline-offset: -1px; }
details.long > summary { cursor: pointer; color: var(--accent); margin: .5rem 0; }
details.long[open] > summary { margin-bottom: .8rem; }
details.long .scroll { max-height: 36rem; overflow: auto; }
.figures { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
.figures.small {
  gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr));
  margin-top: 1rem;
}
figure { margin: 0; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; max-width: 46rem; overflow: visible; }
figcaption { color: var(--soft); font-size: .82rem; margin-top: .3rem; }
footer {
  max-width: 82rem; margin: 4rem auto 0; padding: 1rem 1.25rem 3rem; color: var(--soft);
  font-size: .85rem; border-top: 1px solid var(--rule);
}
th button {
  font: inherit; color: inherit; background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer;
}
th button:hover, th button:focus-visible { color: var(--accent); }
th[aria-sort=ascending] button::after { content: " ↑"; }
th[aria-sort=descending] button::after { content: " ↓"; }
.filter { display: flex; gap: .8rem; align-items: baseline; margin: .4rem 0; font-size: .84rem; color: var(--soft); }
input[type=search], select {
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--rule); border-radius: 4px;
  padding: .15rem .4rem; max-width: 100%;
}
.choices { display: flex; flex-wrap: wrap; gap: .8rem 1.6rem; align-items: center; margin: .8rem 0; font-size: .9rem; }
.choices label { display: inline-flex; gap: .4rem; align-items: center; max-width: 100%; }
.choices select { min-width: 0; flex: 1; }
.choices [hidden] { display: none; }
.choices fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; }
.choices legend { float: left; padding: 0 .6rem 0 0; color: var(--soft); }
.choices fieldset label { border-bottom: 3px solid var(--mark); }
.stage { max-width: 60rem; }
.stage svg { max-width: 100%; height: auto; --plot-background: var(--paper); }
.steps { display: flex; gap: 1rem; align-items: center; max-width: 60rem; font-size: .88rem; }
.steps input { flex: 1; accent-color: var(--accent); }
[role=grid] tbody td { cursor: pointer; }
dialog.provenance {
  margin: 0 0 0 auto; width: min(38rem, 100%); max-width: none; height: 100%; max-height: none; border: 0; padding: 1rem 1.25rem 3rem;
  border-left: 1px solid var(--rule); background: var(--paper); color: var(--ink); font-size: .88rem; overflow-wrap: anywhere;
}
dialog.provenance::backdrop { background: rgb(0 0 0 / .35); }
dialog.provenance .value { font-size: 1.6rem; margin: 0; font-variant-numeric: tabular-nums; }
dialog.provenance h3 { margin: 1.2rem 0 .3rem; }
dialog.provenance pre {
  background: var(--shade); padding: .6rem .8rem; margin: .4rem 0; overflow-x: auto; font-size: .8rem; line-height: 1.4; overflow-wrap: normal;
}
dialog.provenance ul { margin: .2rem 0; padding-left: 1.2rem; }
dialog.provenance p, dialog.provenance li { margin: .2rem 0; }
dialog.provenance details { margin-left: .2rem; padding-left: .7rem; border-left: 1px solid var(--rule); }
dialog.provenance summary { cursor: pointer; }
dialog.provenance dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .3rem 0; }
dialog.provenance dt { color: var(--soft); }
dialog.provenance dd { margin: 0; }
dialog.provenance .close {
  position: sticky; top: 0; float: right; font: inherit; color: inherit; background: var(--shade); border: 1px solid var(--rule); border-radius: 4px; padding: .2rem .7rem; cursor: pointer;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 40rem) {
  nav { position: static; }
  nav ul { flex-wrap: wrap; gap: .3rem 1.1rem; }
  html { scroll-padding-top: 0; }
  h1 { font-size: 1.6rem; }
  ul { padding-left: 1.2rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --rule: #bbb; --shade: #fff; --note: #fff; --accent: #000; --holds: #000; --fails: #000; }
  nav, .files, dialog { display: none; }
  body { font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  table { font-size: 7pt; break-inside: auto; }
  th, td { padding: .1rem .25rem; }
  tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  .note { border: 1px solid #bbb; }
  .figures.small { grid-template-columns: repeat(2, 1fr); }
}
`
