/** LoRA (Hu et al., arXiv 2106.09685), trained from random weights: a pair beside each frozen layer, never merged. */
import type { Method } from "../../schemas/model.ts"
import type { Adaptation } from "../adaptation.ts"
import { pairs } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

export const adapt = (method: Extract<Method, { kind: "lora" }>): Adaptation => pairs(method)
