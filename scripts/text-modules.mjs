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
    tsconfig: false,
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

/** Whether a module is a text. */
export const isText = (id) => id.endsWith(".sql") || id.endsWith(script)

const textOf = (id) =>
  id.endsWith(".sql")
    ? withoutComments(readFileSync(fileOf(id), "utf8"))
    : bundled(fileOf(`${id.slice(0, -script.length)}.ts`))

/** The plugin; `seen` is told of each text that it loads. */
export const textModules = (seen = () => {}) => ({
  name: "text-modules",
  resolveId: (source, importer) =>
    importer !== undefined && source.startsWith(".") && source.endsWith(script)
      ? join(dirname(importer), source)
      : null,
  load: async (id) => {
    if (!isText(id)) return null
    const text = await textOf(id)
    seen(id, text)
    return { code: `export default ${JSON.stringify(text)}`, moduleType: "js" }
  }
})
