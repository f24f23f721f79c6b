/** Names that someone probably meant. */

/** Insertions, deletions and substitutions that turn `from` into `to` (Levenshtein). */
const edits = (from: string, to: string): number => {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const substituted = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, above[column]! + 1, current[column - 1]! + 1))
    }
    above = current
  }
  return above[to.length]!
}

/** A name counts as the same word when it only differs in case, hyphens or underscores. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, "")

/** Those of `names` that a mistyped one may mean, nearest first: within a third of its letters. */
export const nearest = (mistyped: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.map((name) => ({ name, distance: edits(plain(mistyped), plain(name)) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(mistyped.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name)

/** The nearest of `names` to a mistyped one, if any is near. */
export const closest = (mistyped: string, names: ReadonlyArray<string>): string | undefined =>
  nearest(mistyped, names)[0]
