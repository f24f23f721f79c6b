import type { Body } from "../../pipeline/stage.ts"
import type { report } from "./stage.ts"

/** What the report is told about its study. */
export type Config = Body<typeof report>["config"]
