//! Reads numbers and names of a module's bytes. Beyond the end everything is zero, and `failed` is true.

const text = new TextDecoder();

/** Digits of a number: five groups of seven bits make 32, ten make 64. */
const mostDigits = 10;

export class Reader {
  at: number;
  failed = false;
  readonly #bytes: Uint8Array;
  readonly #begin: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, begin = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#begin = begin;
    this.#end = Math.min(end, bytes.length);
    this.at = begin;
  }

  get left(): number {
    return Math.max(0, this.#end - this.at);
  }

  get ended(): boolean {
    return this.failed || this.at >= this.#end;
  }

  fail(): void {
    this.failed = true;
    this.at = this.#end;
  }

  byte(): number {
    const value = this.at < this.#end ? this.#bytes[this.at] : undefined;
    if (value === undefined) {
      this.fail();
      return 0;
    }
    this.at += 1;
    return value;
  }

  /** LEB128. What does not fit a double exactly is larger than anything that is counted here. */
  unsigned(): number {
    let value = 0;
    for (let digit = 0; digit < mostDigits; digit += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * digit);
      if (byte < 0x80) return value;
    }
    this.fail();
    return 0;
  }

  peekUnsigned(): number {
    return this.again().unsigned();
  }

  text(): string {
    const length = this.unsigned();
    if (length > this.left) {
      this.fail();
      return "";
    }
    this.at += length;
    return text.decode(this.#bytes.subarray(this.at - length, this.at));
  }

  /** The bytes of a value type; references to a type of the module have more than one. */
  valueType(): readonly number[] {
    const first = this.byte();
    if (first !== 0x63 && first !== 0x64) return [first];
    const type = [first];
    for (let digit = 0; digit < mostDigits && !this.failed; digit += 1) {
      const byte = this.byte();
      type.push(byte);
      if (byte < 0x80) break;
    }
    return type;
  }

  /** The next bytes as a reader of their own; they have to be there. */
  take(length: number): Reader {
    this.at += length;
    return new Reader(this.#bytes, this.at - length, this.at);
  }

  /** The same bytes from their beginning. */
  again(): Reader {
    return new Reader(this.#bytes, this.#begin, this.#end);
  }
}
