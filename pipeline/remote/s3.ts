/**
 * An S3 bucket as a remote store: s3://BUCKET/PREFIX, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME for a compatible server. What is
 * not in the URL comes from where the AWS SDK looks: AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID and so on, ~/.aws.
 */
import * as S3 from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { createWriteStream } from "node:fs"
import { open as openFile } from "node:fs/promises"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { type Item, type Remote, RemoteFailed, type Source } from "./remote.ts"

/** Bytes from which an object is sent in parts of so many, and the most parts that the protocol has. */
const partSize = 16 * 1024 * 1024
const mostParts = 10_000

/** What the protocol and the network call failures, in a user's words. */
const reasonOf = (error: unknown, bucket: string, where: string): string => {
  const { $metadata, code, message, name } = error as S3.S3ServiceException & NodeJS.ErrnoException
  const status = $metadata?.httpStatusCode
  if (name === "CredentialsProviderError") {
    return "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
  }
  if (name === "NoSuchBucket") return `there is no bucket ${bucket}: create it, or mend the URL`
  if (name === "NoSuchKey" || status === 404) return `not there: ${where}`
  if (name === "InvalidAccessKeyId" || name === "SignatureDoesNotMatch") {
    return "the credentials are not known there: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
  }
  if (name === "PermanentRedirect" || name === "AuthorizationHeaderMalformed") {
    return "the bucket is in another region: set AWS_REGION, or ?region= in the URL"
  }
  if (status === 403) return `not allowed (${name}): the credentials lack rights to ${bucket}`
  if (name === "BadDigest" || name === "InvalidDigest") return `${where} arrived damaged and was refused: try again`
  const network = ["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "EHOSTUNREACH", "ETIMEDOUT", "EAI_AGAIN", "EPIPE"]
  if (name === "TimeoutError" || network.includes(code ?? "")) {
    return `cannot be reached (${code ?? name}): check the network and the endpoint, then go on with the same command`
  }
  return `${name}: ${message}`
}

/** Whether a failed write means that somebody has put it there already. */
const isThere = (error: unknown) => (error as S3.S3ServiceException).$metadata?.httpStatusCode === 412
/** Whether a server does not know conditional writes. */
const isUnknown = (error: unknown) => (error as S3.S3ServiceException).$metadata?.httpStatusCode === 501

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest()

/** What a server says of what it received: its MD5, unless it encrypts. */
interface Received {
  readonly ETag?: string | undefined
  readonly ServerSideEncryption?: string | undefined
}

class ArrivedDamaged extends Error {
  override readonly name = "BadDigest"
}

/** Not every server looks at the digests that it is sent: what it says that it has must be what it was sent. */
const sure = ({ ETag = "", ServerSideEncryption }: Received, sent: Uint8Array) => {
  const received = /^"?([0-9a-f]{32})"?$/.exec(ETag)?.[1]
  if (ServerSideEncryption === undefined && received !== undefined && received !== md5(sent).toString("hex")) {
    throw new ArrivedDamaged()
  }
}
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64")

const part = async (source: Source, from: number, to: number): Promise<Uint8Array> => {
  if (!("file" in source)) return source.subarray(from, to)
  const file = await openFile(source.file, "r")
  try {
    const bytes = Buffer.alloc(to - from)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    if (bytesRead < bytes.length) throw new Error(`${source.file} became shorter while it was sent`)
    return bytes
  } finally {
    await file.close()
  }
}

const parse = (url: string) => {
  const { hostname: bucket, pathname, searchParams } = new URL(url)
  if (bucket === "") throw new Error("name a bucket: s3://BUCKET/PREFIX")
  for (const name of searchParams.keys()) {
    if (name !== "endpoint" && name !== "region") {
      throw new Error(`?${name} is not known; there are endpoint and region`)
    }
  }
  const prefix = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "")
  return {
    bucket,
    prefix: prefix === "" ? "" : `${prefix}/`,
    endpoint: searchParams.get("endpoint") ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL,
    region: searchParams.get("region")
  }
}

export const open = (url: string): Remote => {
  const { bucket, endpoint, prefix, region } = parse(url)
  const name = `s3://${bucket}/${prefix}`
  const client = new S3.S3Client({
    // A compatible server seldom asks for a region, but the signature has one.
    ...(region !== null ? { region } : endpoint === undefined ? {} : { region: process.env.AWS_REGION ?? "us-east-1" }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 120_000 },
    // Digests are ours: what the SDK would add to them not every compatible server understands.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED"
  })
  const attempt = <A>(where: string, run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, RemoteFailed> =>
    Effect.tryPromise({
      try: run,
      catch: (error) => new RemoteFailed({ remote: name, reason: reasonOf(error, bucket, where), damaged: false })
    })

  const putWhole = async (Key: string, bytes: Uint8Array, condition: object, abortSignal: AbortSignal) => {
    const received = await client.send(
      new S3.PutObjectCommand({
        Bucket: bucket,
        Key,
        Body: bytes,
        ContentLength: bytes.length,
        ContentMD5: md5(bytes).toString("base64"),
        ChecksumSHA256: sha256(bytes),
        ...condition
      }),
      { abortSignal }
    )
    try {
      sure(received, bytes)
    } catch (error) {
      await client.send(new S3.DeleteObjectCommand({ Bucket: bucket, Key }))
      throw error
    }
  }

  /** Sends in parts; nothing is to be seen there before all have arrived. */
  const putParts = async (
    Key: string,
    source: Source,
    size: number,
    condition: object,
    abortSignal: AbortSignal
  ) => {
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket: bucket, Key }), {
      abortSignal
    })
    const about = { Bucket: bucket, Key, UploadId }
    const each = Math.max(partSize, Math.ceil(size / mostParts))
    try {
      const Parts: Array<S3.CompletedPart> = []
      for (let from = 0; from < size; from += each) {
        const Body = await part(source, from, Math.min(from + each, size))
        const PartNumber = Parts.length + 1
        const received = await client.send(
          new S3.UploadPartCommand({
            ...about,
            PartNumber,
            Body,
            ContentLength: Body.length,
            ContentMD5: md5(Body).toString("base64")
          }),
          { abortSignal }
        )
        sure(received, Body)
        Parts.push({ PartNumber, ETag: received.ETag })
      }
      await client.send(
        new S3.CompleteMultipartUploadCommand({ ...about, MultipartUpload: { Parts }, ...condition }),
        { abortSignal }
      )
    } catch (error) {
      // Parts that nobody completes cost storage.
      await client.send(new S3.AbortMultipartUploadCommand(about)).catch(() => undefined)
      throw error
    }
  }

  return {
    name,
    list: (folder) =>
      attempt(folder, async (abortSignal) => {
        const found: Array<Item> = []
        for (let ContinuationToken: string | undefined, more = true; more;) {
          const page = await client.send(
            new S3.ListObjectsV2Command({
              Bucket: bucket,
              Prefix: `${prefix}${folder}/`,
              ...(ContinuationToken === undefined ? {} : { ContinuationToken })
            }),
            { abortSignal }
          )
          for (const { Key, Size } of page.Contents ?? []) {
            found.push({ path: Key!.slice(prefix.length), size: Size ?? 0 })
          }
          ContinuationToken = page.NextContinuationToken
          more = page.IsTruncated === true && ContinuationToken !== undefined
        }
        return found
      }),
    get: (path, file) =>
      attempt(path, async (abortSignal) => {
        const { Body } = await client.send(
          new S3.GetObjectCommand({ Bucket: bucket, Key: prefix + path }),
          { abortSignal }
        )
        await pipeline(Body as Readable, createWriteStream(file), { signal: abortSignal })
        const written = await openFile(file, "r+")
        await written.sync()
        await written.close()
      }),
    put: (path, source, replace = false) =>
      attempt(path, async (abortSignal) => {
        const size = "file" in source ? source.size : source.length
        const send = async (condition: object) =>
          size > partSize
            ? putParts(prefix + path, source, size, condition, abortSignal)
            : putWhole(prefix + path, await part(source, 0, size), condition, abortSignal)
        if (replace) return send({})
        try {
          await send({ IfNoneMatch: "*" })
        } catch (error) {
          if (isThere(error)) return
          if (!isUnknown(error)) throw error
          await send({})
        }
      })
  }
}
