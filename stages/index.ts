/** Every stage there is. */
export { checkpoint } from "./checkpoint/stage.ts"
export { evaluate, pairs, texts } from "./evaluate/stage.ts"
export { imported } from "./import/stage.ts"
export { initialise, pretrain } from "./pretrain/stage.ts"
export { dynamics, probe, similarity } from "./probe/stage.ts"
export { report } from "./report/stage.ts"
export { spectra } from "./spectra/stage.ts"
export { tokenize } from "./tokenize/stage.ts"
