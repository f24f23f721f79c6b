/** Style of the part of a page that shows runs; what a page has of these colours it keeps. */
export const css = `
.run, dialog.instance {
  --fresh: #1a7f4b; --running: #0b63b0; --stale: #b36b00; --missing: #8b949e; --failed: #c2362b; --blocked: #7d4b9e; --queued: #4f6d8f;
}
@media (prefers-color-scheme: dark) {
  .run, dialog.instance {
    --fresh: #4cc38a; --running: #6db3f2; --stale: #e0a03c; --missing: #6e7781; --failed: #ff8577; --blocked: #c39be0; --queued: #93aecb;
  }
}
.run .soft, .run .took { color: var(--soft); font-size: .82rem; }
.run .dag { overflow-x: auto; padding: .4rem 2px .8rem; }
.run .stages { position: relative; display: flex; gap: 26px; align-items: flex-start; width: max-content; min-width: 100%; }
.run .lines { position: absolute; inset: 0; pointer-events: none; overflow: visible; }
.run .lines path { fill: none; stroke: var(--soft); stroke-opacity: .45; stroke-width: 1.5; }
.run .column { display: flex; flex-direction: column; gap: 14px; flex: 1 1 0; min-width: 9.2rem; max-width: 13rem; position: relative; }
.run .box {
  display: flex; flex-direction: column; gap: .25rem; padding: .5rem .6rem; color: var(--ink); text-decoration: none;
  background: var(--shade); border: 1px solid var(--rule); border-radius: 6px; font-size: .84rem; line-height: 1.3;
}
.run .box:hover { border-color: var(--accent); }
.run .title { display: flex; gap: .4rem; align-items: baseline; }
.run .group { display: grid; grid-template-columns: 1fr 1.2rem; gap: .4rem; align-items: center; font-size: .72rem; color: var(--soft); }
.run .group > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.run .bar { display: flex; height: .4rem; border-radius: 3px; overflow: hidden; min-width: 1.2rem; gap: 1px; }
.run .bar > * { min-width: 2px; flex-basis: 0; }
.bar .fresh { background: var(--fresh); } .bar .running { background: var(--running); } .bar .stale { background: var(--stale); }
.bar .missing { background: var(--missing); opacity: .45; } .bar .failed { background: var(--failed); } .bar .blocked { background: var(--blocked); }
.bar .queued, .bar .requeued { background: var(--queued); }
.sign.fresh { color: var(--fresh); } .sign.running { color: var(--running); } .sign.stale { color: var(--stale); }
.sign.missing { color: var(--soft); } .sign.failed { color: var(--failed); } .sign.blocked { color: var(--blocked); }
.sign.queued, .sign.requeued { color: var(--queued); }
.run td .sign { white-space: nowrap; font-weight: 500; }
.run .parts { border-top: 1px solid var(--rule); margin-top: .8rem; max-width: 62rem; }
.run .parts details { border-bottom: 1px solid var(--rule); }
.run .parts details details { margin-left: 1.2rem; border-bottom: 0; border-top: 1px solid var(--rule); }
.run summary {
  display: grid; grid-template-columns: 1.1rem minmax(7rem, 13rem) minmax(5rem, 1fr) 5rem minmax(3rem, 9rem) 5.2rem; gap: .7rem;
  align-items: center; padding: .38rem .2rem; cursor: pointer; font-size: .88rem; list-style: none; scroll-margin-top: 3.4rem;
}
.run summary::-webkit-details-marker { display: none; }
.run summary:hover { background: var(--shade); }
.run summary b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.run summary b::after { content: " ▸"; color: var(--soft); }
.run details[open] > summary b::after { content: " ▾"; }
.run .time { height: .5rem; background: linear-gradient(var(--soft), var(--soft)) 0 0 / calc(var(--share, 0) * 100%) 100% no-repeat; border-radius: 2px; opacity: .6; }
.run .took { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.run .parts .scroll { max-height: 26rem; overflow: auto; margin: .2rem 0 .8rem 1.8rem; }
.run button, dialog.instance button { font: inherit; cursor: pointer; color: var(--accent); background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; padding: .15rem .6rem; }
.run button.link, dialog.instance button.link { border: 0; padding: 0; background: none; text-align: left; overflow-wrap: anywhere; }
.run button.link:hover, dialog.instance button.link:hover { text-decoration: underline; }
dialog.instance {
  width: min(56rem, calc(100vw - 1.5rem)); max-height: calc(100vh - 3rem); overflow: auto; color: var(--ink); background: var(--paper);
  border: 1px solid var(--rule); border-radius: 8px; padding: 1rem 1.3rem 1.4rem;
}
dialog.instance::backdrop { background: rgb(0 0 0 / .4); }
dialog.instance .close { position: sticky; top: 0; float: right; }
dialog.instance h3 { margin: 0 4rem .3rem 0; overflow-wrap: anywhere; }
dialog.instance h4 { margin: 1rem 0 .3rem; font-size: .9rem; }
dialog.instance dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; font-size: .86rem; margin: .8rem 0; }
dialog.instance dt { color: var(--soft); }
dialog.instance dd { margin: 0; overflow-wrap: anywhere; }
dialog.instance p { margin: .2rem 0; }
dialog.instance .why { font-size: .9rem; border-left: 3px solid var(--rule); padding-left: .7rem; margin: .5rem 0; }
dialog.instance code { font-size: .82em; }
dialog.instance td { white-space: normal; overflow-wrap: anywhere; }
dialog.instance td code { white-space: nowrap; }
dialog.instance .scroll { max-height: 18rem; overflow: auto; }
.run.live { position: relative; }
.live .connection { position: absolute; right: 0; top: .5rem; font-size: .82rem; color: var(--soft); }
.live .connection::before { content: "● "; color: var(--missing); }
.live .connection[data-state=live]::before { color: var(--fresh); }
.live .connection[data-state=lost]::before { color: var(--failed); }
.live .now { margin: .4rem 0 .8rem; font-weight: 500; }
.live .at-work { display: grid; gap: .35rem; margin-bottom: 1rem; }
.live .at-work > div {
  display: grid; grid-template-columns: minmax(12rem, 24rem) minmax(6rem, 14rem) minmax(0, 1fr); gap: .8rem; align-items: center;
  font-size: .86rem; font-variant-numeric: tabular-nums;
}
.live .at-work span { color: var(--soft); }
.live progress { width: 100%; height: .6rem; accent-color: var(--running); }
.live h3 { margin: 1rem 0 .2rem; }
.live h3::first-letter { text-transform: uppercase; }
.live .curves { display: grid; grid-template-columns: minmax(0, 1fr) minmax(14rem, max-content); gap: 1.2rem; align-items: start; }
.live .curves svg { width: 100%; height: auto; }
.live .curves text { font-size: 11px; fill: var(--soft); }
.live .curves .grid { stroke: var(--rule); }
.live .curves .scroll { max-height: 18rem; overflow: auto; }
.live .mark { display: inline-block; width: 1.1rem; height: .22rem; vertical-align: middle; border-radius: 2px; }
.live .log-part { margin-top: 1rem; }
.live .log-part > summary { display: block; font-weight: 600; }
.live .log-part > summary::first-letter { text-transform: uppercase; }
.live .log {
  list-style: none; margin: 0; padding: .5rem .7rem; max-height: 16rem; overflow: auto; background: var(--shade); border-radius: 6px;
  font: .78rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
}
.live .log li { max-width: none; overflow-wrap: anywhere; }
.live .log time, .live .log i { color: var(--soft); font-style: normal; }
@media (max-width: 40rem) {
  .live .at-work > div { grid-template-columns: 1fr; gap: .15rem; }
  .live .curves { grid-template-columns: minmax(0, 1fr); }
  .live .connection { position: static; display: block; }
  .run .stages { flex-direction: column; width: auto; gap: 26px; }
  .run .column { flex-direction: row; flex-wrap: wrap; max-width: none; width: 100%; gap: 8px; }
  .run .box { flex: 1 1 8rem; min-width: 0; }
  .run .box .group { display: none; }
  .run summary { grid-template-columns: 1.1rem minmax(0, 1fr) 5rem 5.2rem; }
  .run summary .soft, .run summary .time { display: none; }
  .run .parts .scroll { margin-left: 0; }
  .run .parts details details { margin-left: .6rem; }
  dialog.instance dl { grid-template-columns: 1fr; gap: 0; }
  dialog.instance dd { margin-bottom: .4rem; }
}
@media print { .run .finder, .run .dag { display: none; } }
`
