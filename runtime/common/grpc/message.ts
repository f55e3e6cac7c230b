import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One field of a protobuf message: its number, and how its value is read and written. */
export interface Field<T> {
  readonly number: number;
  /** The value of a field that is not there. */
  zero(): T;
  /** `sofar` is what was read of the field before: repeated fields grow. */
  read(reader: BinaryReader, sofar: T): T;
  /** Writes nothing for the zero value, as proto3 has it. */
  write(writer: BinaryWriter, value: T): void;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A message to be sent: what is left out, at any depth, has its zero value. */
export type Draft<T> = T extends Uint8Array | ReadonlyMap<unknown, unknown>
  ? T
  : T extends readonly (infer E)[]
    ? readonly Draft<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Draft<T[K]> }
      : T;

/** A kind of protobuf message. */
export interface MessageType<T extends object> {
  encode(value: Draft<T>): Uint8Array;
  /** Throws for what is no message; fields that are not known are read past. */
  decode(bytes: Uint8Array): T;
}

/** What a message of a type holds. */
export type Message<M> = M extends MessageType<infer T> ? T : never;

/** Describes a message by its fields. */
export function message<F extends Fields>(fields: F): MessageType<ValueOf<F>> {
  const names = new Map(Object.entries(fields).map(([name, field]) => [field.number, { name, field }]));
  return {
    encode: (value) => {
      const writer = new BinaryWriter();
      for (const [name, field] of Object.entries(fields)) {
        const own = (value as Record<string, unknown>)[name];
        if (own !== undefined) field.write(writer, own);
      }
      return writer.finish();
    },
    decode: (bytes) => {
      const reader = new BinaryReader(bytes);
      const value: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(fields)) value[name] = field.zero();
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        const known = names.get(number);
        if (known === undefined) reader.skip(wireType, number);
        else value[known.name] = known.field.read(reader, value[known.name]);
      }
      return value as ValueOf<F>;
    },
  };
}

export function text(number: number): Field<string> {
  return {
    number,
    zero: () => '',
    read: (reader) => reader.string(),
    write: (writer, value) => {
      if (value !== '') writer.tag(number, WireType.LengthDelimited).string(value);
    },
  };
}

export function bytes(number: number): Field<Uint8Array> {
  return {
    number,
    zero: () => NO_BYTES,
    read: (reader) => reader.bytes(),
    write: (writer, value) => {
      if (value.length > 0) writer.tag(number, WireType.LengthDelimited).bytes(value);
    },
  };
}

const NO_BYTES = new Uint8Array(0);

export function bool(number: number): Field<boolean> {
  return {
    number,
    zero: () => false,
    read: (reader) => reader.bool(),
    write: (writer, value) => {
      if (value) writer.tag(number, WireType.Varint).bool(value);
    },
  };
}

/** An int32, or an enum's value. */
export function int32(number: number): Field<number> {
  return {
    number,
    zero: () => 0,
    read: (reader) => reader.int32(),
    write: (writer, value) => {
      if (value !== 0) writer.tag(number, WireType.Varint).int32(value);
    },
  };
}

export function uint32(number: number): Field<number> {
  return {
    number,
    zero: () => 0,
    read: (reader) => reader.uint32(),
    write: (writer, value) => {
      if (value !== 0) writer.tag(number, WireType.Varint).uint32(value);
    },
  };
}

export function int64(number: number): Field<bigint> {
  return {
    number,
    zero: () => 0n,
    read: (reader) => BigInt(reader.int64()),
    write: (writer, value) => {
      if (value !== 0n) writer.tag(number, WireType.Varint).int64(value);
    },
  };
}

/** A message in a message; null when it is not there. */
export function nested<T extends object>(number: number, type: MessageType<T>): Field<T | null> {
  return {
    number,
    zero: () => null,
    read: (reader) => type.decode(reader.bytes()),
    write: (writer, value) => {
      if (value !== null) writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value as Draft<T>));
    },
  };
}

/** Many messages. */
export function list<T extends object>(number: number, type: MessageType<T>): Field<readonly T[]> {
  return {
    number,
    zero: () => [],
    read: (reader, sofar) => [...sofar, type.decode(reader.bytes())],
    write: (writer, values) => {
      for (const value of values) writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value as Draft<T>));
    },
  };
}

/** Many texts. */
export function texts(number: number): Field<readonly string[]> {
  return {
    number,
    zero: () => [],
    read: (reader, sofar) => [...sofar, reader.string()],
    write: (writer, values) => {
      for (const value of values) writer.tag(number, WireType.LengthDelimited).string(value);
    },
  };
}

/** Many pieces of bytes. */
export function bytesList(number: number): Field<readonly Uint8Array[]> {
  return {
    number,
    zero: () => [],
    read: (reader, sofar) => [...sofar, reader.bytes()],
    write: (writer, values) => {
      for (const value of values) writer.tag(number, WireType.LengthDelimited).bytes(value);
    },
  };
}

/** `map<string, string>` */
export function textMap(number: number): Field<ReadonlyMap<string, string>> {
  const entry = message({ key: text(1), value: text(2) });
  return mapField(number, entry);
}

/** `map<string, bytes>` */
export function bytesMap(number: number): Field<ReadonlyMap<string, Uint8Array>> {
  const entry = message({ key: text(1), value: bytes(2) });
  return mapField(number, entry);
}

function mapField<T>(
  number: number,
  entry: MessageType<{ readonly key: string; readonly value: T }>,
): Field<ReadonlyMap<string, T>> {
  return {
    number,
    zero: () => new Map(),
    read: (reader, sofar) => {
      const { key, value } = entry.decode(reader.bytes());
      return new Map([...sofar, [key, value]]);
    },
    write: (writer, values) => {
      for (const [key, value] of values)
        writer
          .tag(number, WireType.LengthDelimited)
          .bytes(entry.encode({ key, value } as Draft<{ readonly key: string; readonly value: T }>));
    },
  };
}

const timestampMessage = message({ seconds: int64(1), nanos: int32(2) });

/** `google.protobuf.Timestamp` as ms since the epoch; null when it is not there. */
export function timestamp(number: number): Field<number | null> {
  const inner = nested(number, timestampMessage);
  return {
    number,
    zero: () => null,
    read: (reader) => {
      const value = timestampMessage.decode(reader.bytes());
      return Number(value.seconds) * 1000 + value.nanos / 1_000_000;
    },
    write: (writer, value) => {
      if (value === null) return;
      const seconds = Math.floor(value / 1000);
      const nanos = Math.round((value - seconds * 1000) * 1_000_000);
      inner.write(writer, { seconds: BigInt(seconds), nanos });
    },
  };
}
