/**
 * Tables on disk: one Parquet file a table, checked against its description on write and on read.
 *
 * Format: required columns in declared order, rows in written order, row groups of 1,000,000 rows; snappy, but plain and
 * uncompressed where a column holds bytes. The logical digest is over the values, not the file: another Parquet writer, codec or
 * row-group size gives the same digest.
 */
import { parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet"
import { type BasicType, ParquetWriter } from "hyparquet-writer"
import { createHash, type Hash } from "node:crypto"
import { type AnyTable, type Columns, type Physical, rowCount } from "../schemas/table.ts"
import { appendByteArrays, sink, source } from "./parquet-file.ts"
import { system, writeAll } from "./system-calls.ts"

/** A table that does not hold what its description says. */
export class InvalidTable extends Error {
  override readonly name = "InvalidTable"
}

const rowGroup = 1_000_000

const parquetTypes: Record<Physical, BasicType> = {
  string: "STRING",
  int32: "INT32",
  int64: "INT64",
  float32: "FLOAT",
  float64: "DOUBLE",
  boolean: "BOOLEAN",
  bytes: "BYTE_ARRAY"
}

const arrays = { int32: Int32Array, int64: Float64Array, float32: Float32Array, float64: Float64Array } as const

const checkColumn = (where: string, physical: Physical, data: ArrayLike<unknown>) => {
  const wrong = (row: number, wanted: string) =>
    new InvalidTable(`${where}, row ${row}: expected ${wanted}, got ${String(data[row]).slice(0, 60)}`)
  switch (physical) {
    case "int32":
    case "float32":
    case "float64": {
      if (!(data instanceof arrays[physical])) throw new InvalidTable(`${where}: expected ${arrays[physical].name}`)
      return
    }
    case "int64": {
      if (!(data instanceof Float64Array)) throw new InvalidTable(`${where}: expected Float64Array`)
      for (let row = 0; row < data.length; row++) {
        if (!Number.isSafeInteger(data[row])) throw wrong(row, "a whole number")
      }
      return
    }
    case "string": {
      for (let row = 0; row < data.length; row++) if (typeof data[row] !== "string") throw wrong(row, "text")
      return
    }
    case "boolean": {
      for (let row = 0; row < data.length; row++) if (typeof data[row] !== "boolean") throw wrong(row, "true or false")
      return
    }
    case "bytes": {
      for (let row = 0; row < data.length; row++) if (!(data[row] instanceof Uint8Array)) throw wrong(row, "bytes")
    }
  }
}

/** Checks columns against a table: names, types, equal lengths. `where` names the file or the output in errors. */
export const check = <T extends AnyTable>(table: T, columns: Columns<T>, where: string): void => {
  const data = columns as Record<string, ArrayLike<unknown>>
  const extra = Object.keys(data).filter((name) => !(name in table.columns))
  if (extra.length > 0) throw new InvalidTable(`${where}: ${extra.join(", ")} is not a column of table ${table.name}`)
  const rows = rowCount(columns)
  for (const [name, column] of Object.entries(table.columns)) {
    const values = data[name]
    if (values === undefined) throw new InvalidTable(`${where}: column ${name} of table ${table.name} is missing`)
    if (values.length !== rows) {
      throw new InvalidTable(`${where}: column ${name} has ${values.length} rows, the first column ${rows}`)
    }
    checkColumn(`${where}: column ${name}`, column.physical, values)
  }
}

const littleEndian = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** One bit pattern for every NaN, so that a digest does not depend on which one the processor made. */
const canonicalNaN = <A extends Float32Array | Float64Array>(data: A): A => {
  for (let i = 0; i < data.length; i++) {
    if (Number.isNaN(data[i])) {
      const copy = data.slice() as A
      for (let j = i; j < copy.length; j++) if (Number.isNaN(copy[j])) copy[j] = NaN
      return copy
    }
  }
  return data
}

const addLengths = (hash: Hash, lengths: ReadonlyArray<number>) => hash.update(littleEndian(Float64Array.from(lengths)))

/**
 * The logical digest. Hashed: the tag `table/1`, the table's name, its rows, and for each column in declared order its
 * name, its physical type and its values (numbers little-endian, NaN as one pattern; text and bytes as all lengths
 * followed by all contents).
 */
export const digest = <T extends AnyTable>(table: T, columns: Columns<T>): string => {
  const hash = createHash("sha256").update(`table/1\n${table.name}\n${rowCount(columns)}\n`)
  for (const [name, { physical }] of Object.entries(table.columns)) {
    hash.update(`${name}\n${physical}\n`)
    const data = (columns as Record<string, unknown>)[name]
    if (physical === "float32" || physical === "float64") {
      hash.update(littleEndian(canonicalNaN(data as Float32Array)))
    } else if (physical === "int32" || physical === "int64") hash.update(littleEndian(data as Int32Array))
    else if (physical === "boolean") hash.update(Uint8Array.from(data as ReadonlyArray<number>))
    else {
      const parts = physical === "bytes"
        ? data as ReadonlyArray<Uint8Array>
        : (data as ReadonlyArray<string>).map((value) => Buffer.from(value))
      addLengths(hash, parts.map((part) => part.length))
      for (const part of parts) hash.update(part)
    }
  }
  return hash.digest("hex")
}

/** Writes a table to a new file. */
export const write = async <T extends AnyTable>(
  path: string,
  table: T,
  columns: Columns<T>,
  calls = system
): Promise<void> => {
  check(table, columns, path)
  const descriptor = calls.open(path, "w")
  try {
    await fill((bytes) => writeAll(calls, descriptor, bytes), table, columns)
  } finally {
    calls.close(descriptor)
  }
}

const fill = async <T extends AnyTable>(write: (bytes: Uint8Array) => void, table: T, columns: Columns<T>) => {
  const data = columns as Record<string, ArrayLike<unknown>>
  const all = Object.entries(table.columns)
  const holdsBytes = all.some(({ 1: { physical } }) => physical === "bytes")
  const rows = rowCount(columns)
  const writer = sink(write)
  const parquet = new ParquetWriter(
    {
      writer,
      schema: [
        { name: "root", num_children: all.length },
        ...all.map(([name, { physical }]) => ({
          name,
          repetition_type: "REQUIRED" as const,
          ...(physical === "string"
            ? { type: "BYTE_ARRAY" as const, converted_type: "UTF8" as const }
            : { type: parquetTypes[physical] as "INT32" })
        }))
      ],
      ...(holdsBytes ? { codec: "UNCOMPRESSED" as const } : {}),
      statistics: !holdsBytes,
      kvMetadata: [{ key: "table", value: table.name }]
    } as ConstructorParameters<typeof ParquetWriter>[0]
  )
  // Payloads stand last in a table, and are no more than a group has rows: then they need not pass through the library.
  const payloads = rows > 0 && rows <= rowGroup ? trailing(all, ([, { physical }]) => physical === "bytes") : []
  const others = all.slice(0, all.length - payloads.length)
  await parquet.write({
    columnData: others.map(([name, { physical }]) => ({
      name,
      data: (physical === "int64" ? Array.from(data[name]!, (value) => BigInt(value as number)) : data[name]) as never,
      // No dictionary is sought for payloads: to find that tensors differ, every byte would be looked at.
      ...(physical === "bytes" ? { encoding: "PLAIN" as const } : {})
    })),
    rowGroupSize: rowGroup
  })
  const group = parquet.row_groups[0]
  for (const [name] of payloads) {
    const chunk = appendByteArrays(writer, name, data[name] as ReadonlyArray<Uint8Array>)
    group!.columns.push(chunk)
    group!.total_byte_size += chunk.meta_data!.total_uncompressed_size
    group!.total_compressed_size = (group!.total_compressed_size ?? 0n) + chunk.meta_data!.total_compressed_size
  }
  await parquet.finish()
}

/** The last entries for which something holds, all others but those before it; never all of them. */
const trailing = <A>(entries: ReadonlyArray<A>, holds: (entry: A) => boolean): ReadonlyArray<A> =>
  entries.slice(Math.max(1, entries.findLastIndex((entry) => !holds(entry)) + 1))

const assemble = (physical: Physical, chunks: ReadonlyArray<ArrayLike<unknown>>, rows: number): unknown => {
  if (physical === "string" || physical === "boolean" || physical === "bytes") {
    return chunks.length === 1 && Array.isArray(chunks[0]) ? chunks[0] : chunks.flatMap((chunk) => Array.from(chunk))
  }
  const only = chunks[0]
  if (chunks.length === 1 && only instanceof arrays[physical] && only.length === rows) return only
  const all = new arrays[physical](rows)
  let row = 0
  for (const chunk of chunks) for (let i = 0; i < chunk.length; i++) all[row++] = Number(chunk[i])
  return all
}

/** Reads a table, or some of its columns, and checks it. */
export const read = async <T extends AnyTable>(path: string, table: T): Promise<Columns<T>> => {
  const file = source(path)
  const metadata = await parquetMetadataAsync(file)
  const stored = parquetSchema(metadata).children.map(({ element }) => element.name)
  const names = Object.keys(table.columns)
  if (stored.join() !== names.join()) {
    throw new InvalidTable(`${path}: columns are ${stored.join(", ")}; table ${table.name} has ${names.join(", ")}`)
  }
  const chunks = new Map(names.map((name) => [name, [] as Array<{ row: number; data: ArrayLike<unknown> }>]))
  await parquetRead({
    file,
    metadata,
    utf8: false,
    onChunk: ({ columnData, columnName, rowStart }) => chunks.get(columnName)!.push({ row: rowStart, data: columnData })
  })
  const rows = Number(metadata.num_rows)
  const columns = Object.fromEntries(names.map((name) => [
    name,
    assemble(
      table.columns[name]!.physical,
      chunks.get(name)!.sort((a, b) => a.row - b.row).map(({ data }) => data),
      rows
    )
  ])) as Columns<T>
  check(table, columns, path)
  return columns
}
