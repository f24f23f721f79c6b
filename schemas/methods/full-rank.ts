import { declare } from "./declare.ts"

export const FullRank = declare({ kind: "full-rank", about: "trains every parameter", settings: {}, draws: false })
