/** Writes ONNX models of one node per output, so that what runs models can be tested where no weights are. Field numbers: onnx/onnx.proto. */

export interface TinyOutput {
  readonly name: string;
  readonly shape: readonly number[];
  /** The values it always gives (int64 where they are whole), or 'random' for other ones in every run. */
  readonly values: Float32Array | BigInt64Array | 'random';
}

export interface TinyInput {
  readonly name: string;
  readonly shape: Shape;
  /** float32 unless said. */
  readonly type?: 'float32' | 'uint8' | 'int64';
}

type Shape = readonly (number | string)[];
const TYPES = { float32: 1, uint8: 2, int64: 7 };
const typeOf = (values: TinyOutput['values']): number => (values instanceof BigInt64Array ? TYPES.int64 : TYPES.float32);

/** A model that takes any input of the shape (a string names a free dimension) and gives the outputs. */
export function tinyOnnx(inputs: TinyInput | readonly TinyInput[], outputs: readonly TinyOutput[]): Uint8Array {
  const graph = [
    ...outputs.map((o) => message(1, o.values === 'random' ? randomNode(o) : constantNode(o, o.values))),
    text(2, 'tiny'),
    ...[inputs].flat().map((i) => message(11, valueInfo(i.name, i.shape, TYPES[i.type ?? 'float32']))),
    ...outputs.map((o) => message(12, valueInfo(o.name, o.shape, typeOf(o.values)))),
  ];
  const opset = message(8, [text(1, ''), number(2, 13)]);
  return Buffer.concat([number(1, 8), opset, message(7, graph)]);
}

function constantNode(output: TinyOutput, values: Float32Array | BigInt64Array): Buffer[] {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const tensor = message(5, [...output.shape.map((d) => number(1, d)), number(2, typeOf(values)), bytes(9, raw)]);
  return [text(2, output.name), text(4, 'Constant'), message(5, [text(1, 'value'), tensor, number(20, 4)])];
}

function randomNode(output: TinyOutput): Buffer[] {
  const shape = message(5, [text(1, 'shape'), ...output.shape.map((d) => number(8, d)), number(20, 7)]);
  return [text(2, output.name), text(4, 'RandomUniform'), shape];
}

function valueInfo(name: string, shape: Shape, type: number): Buffer[] {
  const dimensions = shape.map((d) => message(1, [typeof d === 'number' ? number(1, d) : text(2, d)]));
  return [text(1, name), message(2, [message(1, [number(1, type), message(2, dimensions)])])];
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}

const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Uint8Array): Buffer => Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const message = (field: number, parts: readonly Uint8Array[]): Buffer => bytes(field, Buffer.concat(parts));
