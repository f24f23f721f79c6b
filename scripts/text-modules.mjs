// Modules that are text: queries (`import sql from "./loss.sql"`, comments left out) and scripts for a browser
// (`import script from "./page.script"`: page.ts, bundled with all it imports and minified). A plugin for rolldown and Vite.
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))
const script = ".script"

/** SQL without comments: they change no result, and so rerun nothing. */
export const withoutComments = (sql) =>
  sql.replace(/('(?:[^']|'')*')|--[^\n]*/g, (_, text = "") => text).replace(/[ \t]+$/gm, "").replace(/\n{2,}/g, "\n")
    .trim()

/** One self-contained script, safe inside an HTML element. */
const bundled = async (file) => {
  const bundle = await rolldown({
    input: file,
    cwd: root,
    platform: "browser",
    treeshake: true,
    logLevel: "warn"
  })
  const { output: [{ code }] } = await bundle.generate({ format: "iife", minify: true, comments: false })
  await bundle.close()
  return code.trim().replaceAll(/<(?=\/script|!--)/gi, "\\x3C")
}

/** File of a module; Vite may name it from the project's root. */
const fileOf = (path) => existsSync(path) ? path : join(root, path)

const asModule = (text) => ({ code: `export default ${JSON.stringify(text)}`, moduleType: "js" })

export const textModules = () => ({
  name: "text-modules",
  resolveId: (source, importer) =>
    importer !== undefined && source.startsWith(".") && source.endsWith(script)
      ? join(dirname(importer), source)
      : null,
  load: async (id) => {
    if (id.endsWith(".sql")) return asModule(withoutComments(readFileSync(fileOf(id), "utf8")))
    if (id.endsWith(script)) return asModule(await bundled(fileOf(`${id.slice(0, -script.length)}.ts`)))
    return null
  }
})
