/** Reads and writes plain tar archives of regular files: POSIX.1-1988 ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"). */

export interface TarMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const [NAME, MODE, UID, GID, SIZE, MTIME, CHECKSUM, TYPE, MAGIC, PREFIX] = [0, 100, 108, 116, 124, 136, 148, 156, 257, 345] as const;
const padded = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** The same members give the same bytes: no owner, no time. Names have at most 100 ASCII characters, contents less than 8 GiB. */
export function writeTar(members: readonly TarMember[]): Uint8Array {
  const parts = members.flatMap(({ name, bytes }) => [header(name, bytes.length), bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || size >= 8 ** 11) throw new RangeError(`${name} with ${size} bytes does not fit into a ustar header`);
  const block = Buffer.alloc(BLOCK);
  const octal = (at: number, digits: number, value: number): void => void block.write(value.toString(8).padStart(digits, '0'), at, 'ascii');
  block.write(name, NAME, 'ascii');
  octal(MODE, 7, 0o644);
  octal(UID, 7, 0);
  octal(GID, 7, 0);
  octal(SIZE, 11, size);
  octal(MTIME, 11, 0);
  block.write('0', TYPE, 'ascii');
  block.write('ustar\x0000', MAGIC, 'ascii');
  octal(CHECKSUM, 6, checksumOf(block));
  block.write('\0 ', CHECKSUM + 6, 'ascii');
  return block;
}

/** The sum of the header's bytes, its own eight taken for spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < CHECKSUM || i >= CHECKSUM + 8) sum += block[i]!;
  return sum;
}

/**
 * The regular files of an archive as views into its bytes, in their order. Folders and pax records (times and the like) are passed
 * over: what a record says of a name or a size is not believed, the header holds. Throws an Error that says what is wrong: no tar, cut
 * short, a link or device in it.
 */
export function readTar(archive: Uint8Array): TarMember[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const members: TarMember[] = [];
  for (let at = 0; ; ) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block.length < BLOCK) throw new Error('it is cut short');
    if (block.every((byte) => byte === 0)) return members;
    if (block.toString('latin1', MAGIC, MAGIC + 5) !== 'ustar' || number(block, CHECKSUM, 8) !== checksumOf(block)) {
      throw new Error(at === 0 ? 'it is no tar archive (a compressed one must be unpacked first)' : `its header at byte ${at} is damaged`);
    }
    const name = nameOf(block);
    const [from, size] = [at + BLOCK, number(block, SIZE, 12)];
    if (!(from + size <= bytes.length)) throw new Error(`it is cut short in ${name}`);
    const type = block.toString('latin1', TYPE, TYPE + 1);
    if (type === '0' || type === '\0') members.push({ name, bytes: bytes.subarray(from, from + size) });
    else if (!['5', 'x', 'g'].includes(type)) throw new Error(`${name} is a link or a device, not a file`);
    at = from + padded(size);
  }
}

const text = (block: Buffer, at: number, length: number): string => block.toString('utf8', at, at + length).split('\0', 1)[0]!;

function number(block: Buffer, at: number, length: number): number {
  const digits = block.toString('latin1', at, at + length).replace(/[\0 ]+$/, '').trimStart();
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** POSIX's ustar splits a long name; old GNU archives (magic "ustar ") keep times where the prefix would be. */
function nameOf(block: Buffer): string {
  const prefix = block[MAGIC + 5] === 0 ? text(block, PREFIX, 155) : '';
  return `${prefix === '' ? '' : `${prefix}/`}${text(block, NAME, 100)}`;
}
