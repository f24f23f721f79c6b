// Writes schemas/study.schema.json, by which editors complete and check study files.
//   node scripts/study-schema.mjs
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = await rolldown({
  input: `${root}schemas/study-schema.ts`,
  platform: "node",
  cwd: root,
  logLevel: "warn"
})
const { output: [{ code }] } = await bundle.generate({ format: "esm" })
await bundle.close()
// The bundle has no imports left, so it can be loaded without a file.
const { studySchemaFile } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
writeFileSync(`${root}schemas/study.schema.json`, studySchemaFile())
