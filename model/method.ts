/** The adaptation that a method's settings ask for. */
import type { Method } from "../schemas/model.ts"
import type { Adaptation } from "./adaptation.ts"
import { fullRank } from "./methods/full-rank.ts"
import { relora } from "./methods/relora.ts"

export const adaptation = (method: Method): Adaptation => method.kind === "relora" ? relora(method) : fullRank
