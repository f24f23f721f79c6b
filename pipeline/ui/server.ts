/**
 * The server behind `pipeline ui`: one page, what happens as server-sent events, and the files of the report, to readers on this
 * machine. It takes nothing: no request changes anything, and a request names a file of the report's table, never one of the disk.
 *
 * It is node:http and not Effect's HTTP server: what matters here are the limits of the connection, and the answers are few.
 */
import { Effect, Schema, Semaphore } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Files } from "../../schemas/tables.ts"
import * as Explained from "../cli/explained.ts"
import { explain } from "../explain.ts"
import live from "../page/client/live.script"
import { paths } from "../page/feed.ts"
import { withRun } from "../page/fill.ts"
import { shell } from "../page/shell.ts"
import { Store } from "../store/store.ts"
import * as TableFile from "../table-file.ts"
import { closed, headers, policy, refusal } from "./guard.ts"
import type { Message, Watch } from "./watch.ts"

/** Pages that listen at once, and connections in all. */
const limits = { listeners: 16, connections: 64 }
/** Bytes that may wait for a slow listener before it is sent away: it comes back, and is told what there is then. */
const patience = 16e6
/** Milliseconds between two looks at the journal, and two signs of life to listeners. */
const interval = { poll: 500, ping: 15_000 }

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  csv: "text/csv; charset=utf-8",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  tex: "text/plain; charset=utf-8"
}
const typeOf = (path: string) => types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream"

export class PortTaken extends Schema.TaggedError<PortTaken>()("PortTaken", {
  port: Schema.Int,
  code: Schema.String
}) {
  override get message() {
    return this.code === "EADDRINUSE"
      ? `port ${this.port} is in use, by another pipeline ui perhaps: name another with --port N, or 0 for any that is free`
      : `cannot listen on port ${this.port} (${this.code}): name another with --port N, or 0 for any that is free`
  }
}

const text = (message: Message) => `event: ${message.name}\ndata: ${JSON.stringify(message.data)}\n\n`

/** Serves until its scope ends; gives the port. */
export const serve = Effect.fn("serve")(function*(watch: Watch, port: number) {
  const store = yield* Store
  const one = Semaphore.makeUnsafe(1)
  const listeners = new Set<ServerResponse>()
  /** Files of the report that is shown, by path; read once. */
  let files: { readonly digest: string; readonly contents: ReadonlyMap<string, Uint8Array> } | undefined

  const broadcast = (messages: ReadonlyArray<Message>) => {
    const all = messages.map(text).join("")
    if (all === "") return
    for (const listener of listeners) {
      if (listener.writableLength > patience) listener.destroy()
      else listener.write(all)
    }
  }
  const poll = Semaphore.withPermits(one, 1)(Effect.map(watch.poll, broadcast))

  const reportFiles = async () => {
    const output = watch.report()?.outputs.files
    if (output === undefined) return undefined
    if (files?.digest !== output.digest) {
      try {
        const { content, path } = await TableFile.read(store.path(output.bytes), Files)
        files = { digest: output.digest, contents: new Map(path.map((name, index) => [name, content[index]!])) }
      } catch {
        // Its object is gone, or damaged: there is no report to show.
        return undefined
      }
    }
    return files!.contents
  }

  const page = async (): Promise<string> => {
    const contents = await reportFiles()
    const report = [...contents ?? []].find(([path]) => path.endsWith(".html"))?.[1]
    const { view } = watch.all()
    return withRun(report === undefined ? shell(view.study) : Buffer.from(report).toString(), view, live)
  }

  const send = (
    response: ServerResponse,
    status: number,
    type: string,
    body: string | Uint8Array,
    more: Readonly<Record<string, string>> = {}
  ) => {
    const bytes = Buffer.from(body)
    response.writeHead(status, {
      ...headers,
      "content-security-policy": closed,
      "content-type": type,
      "content-length": bytes.length,
      ...more
    })
    response.end(response.req.method === "HEAD" ? undefined : bytes)
  }
  const tell = (response: ServerResponse, status: number, words: string, more: Readonly<Record<string, string>> = {}) =>
    send(response, status, "text/plain; charset=utf-8", `${words}\n`, more)

  const why = (id: string): ReadonlyArray<string> | undefined => {
    const { facts, study } = watch.session()
    if (!study.graph.byId.has(id)) return undefined
    return Explained.lines(explain(study.graph, study, facts, watch.verdicts(), id)).map(({ text }) => text)
  }

  const listen = async (response: ServerResponse) => {
    if (listeners.size >= limits.listeners) {
      return tell(response, 503, `${limits.listeners} pages listen already: close one`, { "retry-after": "5" })
    }
    response.writeHead(200, { ...headers, "content-security-policy": closed, "content-type": "text/event-stream" })
    if (response.req.method === "HEAD") return response.end()
    response.on("close", () => listeners.delete(response))
    await Effect.runPromise(poll)
    response.write(`retry: 1000\n\n${text({ name: "all", data: watch.all() })}`)
    if (!response.destroyed) listeners.add(response)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = {
      method: request.method,
      host: request.headers.host,
      origin: request.headers.origin,
      site: request.headers["sec-fetch-site"] as string | undefined
    }
    const refused = refusal(asked, bound)
    if (refused !== undefined) {
      return tell(response, refused.status, refused.text, refused.status === 405 ? { allow: "GET, HEAD" } : {})
    }
    const place = request.url ?? ""
    if (!URL.canParse(place, "http://127.0.0.1")) return tell(response, 400, "that is no address")
    const url = new URL(place, "http://127.0.0.1")
    switch (url.pathname) {
      case "/favicon.ico":
        return send(response, 204, "image/x-icon", "")
      case "/": {
        if (listeners.size === 0) await Effect.runPromise(poll)
        const html = await page()
        return send(response, 200, types["html"]!, html, { "content-security-policy": policy(html) })
      }
      case paths.events:
        return await listen(response)
      case paths.view:
        await Effect.runPromise(poll)
        return send(response, 200, types["json"]!, JSON.stringify(watch.all().view))
      case paths.why: {
        const lines = why(url.searchParams.get("instance") ?? "")
        return lines === undefined
          ? tell(response, 404, "there is no such instance")
          : send(response, 200, types["json"]!, JSON.stringify(lines))
      }
    }
    const contents = await reportFiles()
    // Only what the table of the report's files has by this very name, as an address writes it.
    const [path, content] = [...contents ?? []].find(([path]) => encodeURI(`/${path}`) === url.pathname) ??
      ["", undefined]
    return content === undefined
      ? tell(response, 404, "there is nothing here")
      : send(response, 200, typeOf(path), content)
  }

  const server = createServer(
    { maxHeaderSize: 16_384, requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => {
      request.resume()
      answer(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy()
        else tell(response, 500, error instanceof Error ? error.message : String(error))
      })
    }
  )
  server.maxConnections = limits.connections
  const bound = yield* Effect.acquireRelease(
    Effect.callback<number, PortTaken>((resume) => {
      server.once(
        "error",
        (error: NodeJS.ErrnoException) =>
          resume(Effect.fail(new PortTaken({ port, code: error.code ?? String(error) })))
      )
      server.listen({ port, host: "127.0.0.1" }, () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  // Nobody is looked after where nobody looks.
  yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(interval.poll)
    if (listeners.size > 0) yield* Effect.ignore(poll)
  })))
  yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(interval.ping)
    for (const listener of listeners) listener.write(": still here\n\n")
  })))
  return { port: bound, listeners: () => listeners.size }
})
