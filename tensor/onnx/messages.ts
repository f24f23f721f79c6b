/** The messages of an ONNX model file that a program needs, with their field numbers (onnx.proto, IR version 8). */
import protobuf from "protobufjs/light.js"

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly t?: TensorMessage
  readonly ints?: readonly number[]
}

export interface TensorMessage {
  readonly name?: string
  readonly dims: readonly number[]
  readonly dataType: number
  readonly rawData: Uint8Array
}

export interface NodeMessage {
  readonly name: string
  readonly opType: string
  readonly domain: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly Attribute[]
}

export interface ValueInfo {
  readonly name: string
  readonly type: {
    readonly tensorType: {
      readonly elemType: number
      readonly shape: { readonly dim: readonly { readonly dimValue: number }[] }
    }
  }
}

export interface Model {
  readonly irVersion: number
  readonly producerName: string
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]
  readonly graph: {
    readonly name: string
    readonly node: readonly NodeMessage[]
    readonly initializer: readonly TensorMessage[]
    readonly input: readonly ValueInfo[]
    readonly output: readonly ValueInfo[]
  }
}

type Field = readonly [id: number, type: string, rule?: "repeated"]

const message = (fields: Record<string, Field>) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule && { rule }) }])
  )
})

const root = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: [1, "int64"],
      producerName: [2, "string"],
      graph: [7, "Graph"],
      opsetImport: [8, "OperatorSet", "repeated"]
    }),
    OperatorSet: message({ domain: [1, "string"], version: [2, "int64"] }),
    Graph: message({
      node: [1, "Node", "repeated"],
      name: [2, "string"],
      initializer: [5, "Tensor", "repeated"],
      input: [11, "ValueInfo", "repeated"],
      output: [12, "ValueInfo", "repeated"]
    }),
    Node: message({
      input: [1, "string", "repeated"],
      output: [2, "string", "repeated"],
      name: [3, "string"],
      opType: [4, "string"],
      attribute: [5, "Attribute", "repeated"],
      domain: [7, "string"]
    }),
    Attribute: message({
      name: [1, "string"],
      f: [2, "float"],
      i: [3, "int64"],
      s: [4, "bytes"],
      t: [5, "Tensor"],
      ints: [8, "int64", "repeated"],
      type: [20, "int32"]
    }),
    Tensor: message({
      dims: [1, "int64", "repeated"],
      dataType: [2, "int32"],
      name: [8, "string"],
      rawData: [9, "bytes"]
    }),
    ValueInfo: message({ name: [1, "string"], type: [2, "Type"] }),
    Type: message({ tensorType: [1, "TensorType"] }),
    TensorType: message({ elemType: [1, "int32"], shape: [2, "TensorShape"] }),
    TensorShape: message({ dim: [1, "Dimension", "repeated"] }),
    Dimension: message({ dimValue: [1, "int64"] })
  }
})

const modelType = root.lookupType("Model")

/** The bytes of a model file. */
export const encode = (model: Model): Uint8Array => modelType.encode(model).finish()
