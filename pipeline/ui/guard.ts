/**
 * Whom the server of `pipeline ui` answers. It listens on the loopback interface alone, but any page in the reader's browser can send
 * requests there: so it answers only what was asked for by its own name, by nobody or by its own pages, and says so to browsers.
 */
import { createHash } from "node:crypto"

/** What of a request is looked at. */
export interface Asked {
  readonly method: string | undefined
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Header Sec-Fetch-Site: what browsers say of where a request comes from. */
  readonly site: string | undefined
}

export interface Refusal {
  readonly status: number
  readonly text: string
}

/** Names by which the server may be called: another name would be one that somebody made to lead here (DNS rebinding). */
const names = (port: number) => ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`)

/** Why a request is not answered; undefined where it is. */
export const refusal = ({ host, method, origin, site }: Asked, port: number): Refusal | undefined => {
  if (host === undefined || !names(port).includes(host.toLowerCase())) {
    return { status: 421, text: `this is not ${host ?? "a server without a name"}` }
  }
  // A page of another port of this machine is another site for the first of these, and the same for the second.
  if (origin !== undefined && !names(port).some((name) => origin === `http://${name}`)) {
    return { status: 403, text: "only pages of this server may ask" }
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return { status: 403, text: "only pages of this server may ask: open its address yourself" }
  }
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "this server only shows: GET and HEAD" }
  return undefined
}

/** Sources of the scripts that stand in a page, for its policy; data in script elements is no script. */
const scripts = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) =>
    `'sha256-${createHash("sha256").update(text!).digest("base64")}'`
  )

/** Headers of every answer. */
export const headers = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
} as const

/** Policy of what is no page: nothing at all. */
export const closed = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** Policy of a page: the scripts that stand in it, its styles, and this server's data; nothing from elsewhere. */
export const policy = (html: string): string =>
  [
    "default-src 'none'",
    `script-src ${scripts(html).join(" ") || "'none'"}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")
