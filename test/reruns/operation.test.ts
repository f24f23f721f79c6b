/** How and where a study is run: none of it reruns anything. */
import { cpSync, renameSync, rmSync } from "node:fs"
import { expect, it } from "vitest"
import { type RunOptions, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const ways: Record<string, { readonly options?: RunOptions; readonly store?: (root: string) => string }> = {
  "more jobs": { options: { jobs: 4 } },
  "one job": { options: { jobs: 1 } },
  "going on after failures": { options: { keepGoing: true } },
  "a store that was moved": {
    store: (root) => {
      const to = temporaryStore()
      rmSync(to, { recursive: true })
      renameSync(root, to)
      return to
    }
  },
  "a store that was copied": {
    store: (root) => {
      const to = temporaryStore()
      cpSync(root, to, { recursive: true })
      return to
    }
  },
  "a store without what is known about files": {
    store: (root) => {
      rmSync(`${root}/files.json`, { force: true })
      return root
    }
  },
  "a store without leases and drafts": {
    store: (root) => {
      for (const name of ["leases", "scratch"]) rmSync(`${root}/${name}`, { recursive: true, force: true })
      return root
    }
  }
}

for (const [name, { options = {}, store = (root: string) => root }] of Object.entries(ways)) {
  it(`${name}: nothing reruns`, async () => {
    const root = temporaryStore()
    expect((await runToy(root, toy)).called).toHaveLength(4)
    const again = await runToy(store(root), toy, options)
    expect(again.called).toEqual([])
    expect([...again.plan.values()].map(({ status }) => status)).toEqual(["fresh", "fresh", "fresh", "fresh"])
  })
}
