/** `pipeline verify --paper`: whether the committed paper is what the store gives. */
import { Console, Effect } from "effect"
import { explain } from "../explain.ts"
import type { Comparison, FileVerdict } from "../paper/compare.ts"
import * as Paper from "../paper/paper.ts"
import { isSameShape, type TableDifference } from "../paper/tables.ts"
import { type Lacking, lackingOf, verifyPaper } from "../paper/verify.ts"
import * as Format from "./format.ts"
import { instanceOf, read } from "./papers.ts"
import { exitCode, ExitWith, type Session, Told } from "./session.ts"
import * as Style from "./style.ts"

/** Instances told one by one. */
const most = 10

/** What is not fresh and does not merely wait for something else that is not, with the reason. */
const causes = (session: Session, { lacking, verdicts }: Lacking) =>
  lacking.filter((id) => verdicts.get(id)!.status !== "waiting").map((instance) => {
    const { facts, study } = session
    const { missing, reason, roots } = explain(study.graph, study, facts, verdicts, instance)
    const why = roots.length > 0
      ? Format.roots(roots)
      : reason === "blocked"
      ? `${missing.join(", ")} missing`
      : reason === "lost"
      ? "its object is gone from the store"
      : "never made"
    return { instance, status: verdicts.get(instance)!.status, why }
  })

const tellLacking = Effect.fn("verify.tellLacking")(
  function*(session: Session, found: Lacking, paper: string, json: boolean) {
    const why = causes(session, found)
    const follow = found.lacking.length - why.length
    const remedy =
      `pipeline run ${paper} --study ${session.study.file}, or pipeline pull URL from a store that has them`
    if (json) {
      yield* Console.log(
        JSON.stringify({ study: session.study.name, kept: false, lacking: why, follow, remedy }, null, 2)
      )
    } else {
      for (const { instance, status, why: reason } of why.slice(0, most)) {
        yield* Console.log(`${Style.red(status)} ${instance}: ${reason}`)
      }
      if (why.length > most) yield* Console.log(`and ${why.length - most} more`)
      yield* Console.log(
        `${session.study.name}: ${Format.count(why.length, "instance")} that the paper is made from ${
          why.length === 1 ? "is" : "are"
        } not in the store as the study and the code are now${
          follow === 0 ? "" : `, nor ${Format.count(follow, "instance")} that would follow`
        }; nothing was compared`
      )
      yield* Console.log(`remedy: ${remedy}`)
    }
    return yield* new ExitWith({ code: exitCode.stageFailed })
  }
)

const shapeText = ({ columns, rows }: TableDifference): string => {
  const without = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) =>
    a.filter((name) => !b.includes(name)).join(", ")
  const gone = without(columns.before, columns.after)
  const come = without(columns.after, columns.before)
  return [
    ...(rows.before === rows.after ? [] : [`${rows.before} rows → ${rows.after}`]),
    ...(gone === "" ? [] : [`without ${gone}`]),
    ...(come === "" ? [] : [`with ${come}`]),
    ...(gone === "" && come === "" && columns.before.join() !== columns.after.join()
      ? ["columns in another order"]
      : [])
  ].join(", ")
}

const tableText = (table: TableDifference): string => {
  const { beyond, cells, differ, largest } = table
  const most = largest === undefined
    ? ""
    : `, most in column ${largest.column}, row ${largest.row}: ${largest.before} → ${largest.after}${
      largest.relative === null ? "" : ` (${largest.relative.toPrecision(2)} of its value)`
    }`
  const allowed = beyond === 0 ? "as allowed" : beyond === differ ? "" : `${beyond} by more than allowed`
  return [
    ...(isSameShape(table) ? [] : [shapeText(table)]),
    ...(differ === 0
      ? []
      : [`${differ} of ${Format.count(cells, "cell")} differ${allowed === "" ? "" : `, ${allowed}`}${most}`])
  ].join("; ")
}

const words = {
  same: "",
  within: "differs as it may",
  differs: "differs",
  missing: "is missing",
  "left over": "is left over from an earlier paper",
  edited: "is not what its manifest says: it was edited"
} as const

const fileText = ({ path, table, verdict }: FileVerdict): string =>
  `${path} ${words[verdict]}${table === undefined ? "" : `: ${tableText(table)}`}`

const isWrong = ({ verdict }: FileVerdict) => verdict !== "same" && verdict !== "within"

const tell = Effect.fn("verify.tellPaper")(function*(found: Comparison, folder: string) {
  for (const file of found.files) {
    if (file.verdict === "within" && file.table === undefined) continue
    if (file.verdict !== "same") {
      yield* Console.log(`${isWrong(file) ? Style.red("✗") : Style.dim("≈")} ${fileText(file)}`)
    }
  }
  for (const change of found.settings) {
    yield* Console.log(`${Style.red("✗")} the study is another than the paper's: ${Format.leafChange(change)}`)
  }
  const inputs = found.changes.filter(({ leaf }) => leaf.startsWith("input."))
  const others = found.changes.filter(({ leaf }) => !leaf.startsWith("input."))
  if (others.length > 0) {
    yield* Console.log(
      `changed since the paper was made: ${others.slice(0, 3).map(Format.leafChange).join("; ")}${
        others.length > 3 ? `; and ${others.length - 3} more` : ""
      }`
    )
  }
  yield* Console.log(
    found.exact
      ? `${folder} was made from the same inputs: bytes must be equal`
      : `${folder} was made from other inputs (${inputs.length} differ): numbers may differ as far as their columns allow, all else in ` +
        "numbers alone"
  )
})

/** Makes the paper again from what is cached and compares it with the committed one. */
export const checkPaper = Effect.fn("verify.paper")(function*(
  session: Session,
  papers: string,
  threads: number,
  json: boolean
) {
  const { study } = session
  const instance = yield* instanceOf(session)
  const folder = Paper.folderOf(papers, study.name)
  const remedy = `pipeline paper --study ${study.file}, after a run, writes it`
  const paper = yield* read(folder, remedy)
  const lacking = lackingOf(study, session.facts, instance)
  if (lacking.lacking.length > 0) return yield* tellLacking(session, lacking, instance.id, json)
  const { verdicts } = lacking
  const found = yield* verifyPaper(study, instance, verdicts, paper, { threads, engine: session.engine }).pipe(
    Effect.catchTag("StageBroke", ({ message }) => Effect.fail(new Told({ text: message, code: exitCode.stageFailed })))
  )
  if (json) yield* Console.log(JSON.stringify({ study: study.name, folder, instance: instance.id, ...found }, null, 2))
  else {
    yield* tell(found, folder)
    const wrong = found.files.filter(isWrong).length
    const files = Format.count(found.files.length, "file")
    const time = `made again in ${Format.duration(found.seconds)}`
    const faults = [
      ...(wrong === 0 ? [] : [`${wrong} of ${files} not as they should be`]),
      ...(found.settings.length === 0 ? [] : ["the paper of other settings"])
    ]
    yield* Console.log(
      found.kept
        ? `${Style.green("✓")} ${study.name}: ${files} as they should be, ${time}`
        : `${Style.red("✗")} ${study.name}: ${faults.join(", ")}; ${time}. ${remedy}`
    )
  }
  if (!found.kept) return yield* new ExitWith({ code: exitCode.stageFailed })
})
