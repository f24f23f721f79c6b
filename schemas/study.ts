/** The study file: what a person writes, checked setting by setting and as a whole. */
import type * as z from "zod"
import { mistakesAcross } from "./study-mistakes.ts"
import { StudySettings } from "./study-settings.ts"
import { swept } from "./sweep.ts"

export * from "./study-settings.ts"

/** A study whose settings are right one by one and together. */
export const Study = StudySettings.check((context) => {
  for (const { message, path } of mistakesAcross(context.value)) {
    context.issues.push({ code: "custom", path: [...path], input: context.value, message })
  }
}).transform((study) => ({ ...study, arms: swept(study.arms) }))
export type Study = z.output<typeof Study>
