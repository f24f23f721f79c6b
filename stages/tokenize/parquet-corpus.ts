/** Reads a column of a Parquet file: texts, or rows of token ids such as those of pretokenized-dolma. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import type { ExternalFile } from "../../pipeline/stage.ts"

/** Value of each row: a text, or token ids. */
export async function* columnOf(
  file: ExternalFile,
  field: string,
  onBytes: (bytes: number) => void
): AsyncGenerator<string | Int32Array> {
  const buffer = await asyncBufferFromFile(file.path)
  const metadata = await parquetMetadataAsync(buffer)
  const names = metadata.schema.slice(1).map(({ name }) => name)
  if (!names.includes(field)) {
    throw new Error(`${file.name}: no column ${JSON.stringify(field)}; set corpus.field to one of ${names.join(", ")}`)
  }
  let rowStart = 0
  for (const { num_rows, total_byte_size, total_compressed_size } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    const rows = await parquetReadObjects({ file: buffer, metadata, columns: [field], rowStart, rowEnd, compressors })
    for (let i = 0; i < rows.length; i++) yield valueOf(rows[i]![field], `${file.name}, row ${rowStart + i}`)
    rowStart = rowEnd
    onBytes(Number(total_compressed_size ?? total_byte_size))
  }
}

const valueOf = (value: unknown, place: string): string | Int32Array => {
  if (typeof value === "string") return value
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    throw new Error(`${place}: neither a text nor a list of token ids; set corpus.field to the column that holds them`)
  }
  return Int32Array.from(value as ArrayLike<number | bigint>, (id) => {
    const whole = Number(id)
    if (!Number.isInteger(whole) || whole < 0 || whole >= 2 ** 31) throw new Error(`${place}: ${id} is no token id`)
    return whole
  })
}
