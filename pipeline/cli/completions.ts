/** Words that `pipeline show` takes, for shells: what the command's own completion scripts know nothing of. */
import { type CellTable, rowNames } from "../cells.ts"

/** A word that no shell would take apart. */
const isPlain = (word: string): boolean => /^[\w.,%+=:@-]*$/.test(word)

/** What may follow the beginning of TABLE/ROW/COLUMN: tables, rows of the table that is named, columns. */
export const wordsFor = (tables: ReadonlyMap<string, CellTable>, begun: string): ReadonlyArray<string> => {
  const [name = "", ...rest] = begun.split("/")
  const table = tables.get(name)
  if (rest.length === 0 || table === undefined) return [...tables.keys()].flatMap((name) => [name, `${name}/`])
  const names = rowNames(table)
  if (rest.length === 1) {
    return table.rows.map((_, row) => `${name}/${names !== undefined && isPlain(names[row]!) ? names[row] : row}/`)
  }
  return table.columns.map(({ column }) => `${name}/${rest[0]}/${column}`)
}

/** Asks the command itself for words, in a way of each shell's. */
const bash = `
_pipeline_with_words()
{
  _pipeline "$@"
  if [[ \${#COMPREPLY[@]} -eq 0 && " \${COMP_WORDS[*]} " == *" show "* && "$2" != -* ]]; then
    COMPREPLY=( $(compgen -W "$(pipeline show --complete "$2" 2>/dev/null)" -- "$2") )
    [[ "\${COMPREPLY[0]}" == */ ]] && compopt -o nospace 2>/dev/null
  fi
}
complete -F _pipeline_with_words pipeline
`
const fish = `
complete -c pipeline -n '__fish_seen_subcommand_from show' -f -a '(pipeline show --complete (commandline -ct) 2>/dev/null)'
`
const zsh = "':what:{compadd -S \"\" -- ${(f)\"$(pipeline show --complete \"$PREFIX\" 2>/dev/null)\"}}'"

/** A shell's script with the words of `show`; other text as it is. */
export const withWords = (script: string): string => {
  if (!script.includes("-pipeline-completions-")) return script
  if (script.includes("complete -F _pipeline pipeline")) return script.trimEnd() + bash
  if (script.includes("complete -c pipeline")) return script.trimEnd() + fish
  return script.replace(
    /(_pipeline_show\(\)[^]*?)\n\s+'[^']*:Instance;[^\n]*:'\n/,
    (_, before: string) => `${before}\n    ${zsh}\n`
  )
}
