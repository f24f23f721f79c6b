import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Paper from "../paper/paper.ts"
import * as Format from "./format.ts"
import { defaultFolder, instanceOf } from "./papers.ts"
import { runView } from "./run-view.ts"
import { exitCode, inStore, open, Told, verdicts } from "./session.ts"
import { nobody } from "./standing.ts"

export const paper = Command.make(
  "paper",
  {
    to: Flag.String("to").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription(`Folder of papers; each study has its own folder in it (default: ${defaultFolder})`),
      Flag.withDefault(defaultFolder)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the manifest"), Flag.withDefault(false))
  },
  Effect.fn(function*({ json, to }) {
    const session = yield* open()
    const instance = yield* instanceOf(session)
    const all = verdicts(session)
    const verdict = all.get(instance.id)
    if (verdict?.status !== "fresh") {
      const text = `${instance.id} is not up to date: pipeline run ${instance.id} --study ${session.study.file} first`
      return yield* new Told({ text, code: exitCode.stageFailed })
    }
    const folder = Paper.folderOf(to, session.study.name)
    const manifest = yield* Paper.write(folder, session.study, verdict.result, yield* runView(session, all, nobody))
    if (json) return yield* Console.log(JSON.stringify(manifest, null, 2))
    const files = Object.values(manifest.files)
    const size = files.reduce((sum, { size }) => sum + size, 0)
    yield* Console.log(
      `${folder}  ${Format.count(files.length, "file")}, ${Format.bytes(size)}, key ${manifest.key.slice(0, 12)}`
    )
  }, inStore)
).pipe(
  Command.withDescription(
    "Writes tables, figures and page of a study into a folder to be committed, with a manifest of what they stand for"
  ),
  Command.withExamples([
    { command: "pipeline paper", description: "The paper of the default study, into artifacts/paper/default" },
    { command: "pipeline verify --paper", description: "Whether the committed paper is what the store gives" }
  ])
)
