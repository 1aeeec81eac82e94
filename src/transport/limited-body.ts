import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The body is larger than allowed, counted after inflation. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The body is encoded in a way that nobody asked for, or wrongly. */
export class BadEncoding extends Error {
  override readonly name = 'BadEncoding';
}

/** Takes a body chunk by chunk. */
export interface LimitedBody {
  /** @returns false when the sender must pause until `onDrain` */
  write(chunk: Buffer): boolean;
  end(): void;
  destroy(): void;
}

export interface LimitedBodyOptions {
  /** The `content-encoding`. */
  readonly encoding: string | undefined;
  readonly limitBytes: number;
  readonly onDrain: () => void;
  readonly onText: (text: string) => void;
  /** Called once at most, with BodyTooLarge or BadEncoding; the body takes no more then. */
  readonly onError: (error: BodyTooLarge | BadEncoding) => void;
}

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * Gathers a body into text, inflating it on the way, and stops as soon as it is larger than `limitBytes`: a small
 * answer that inflates without end costs no more than the limit.
 *
 * @throws BadEncoding when the encoding is none that was asked for
 */
export function createLimitedBody(options: LimitedBodyOptions): LimitedBody {
  const name = options.encoding?.trim().toLowerCase() || 'identity';
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): boolean => {
    size += chunk.length;
    if (size > options.limitBytes) return false;
    chunks.push(chunk);
    return true;
  };
  const tooLarge = () => options.onError(new BodyTooLarge(`more than ${options.limitBytes} bytes`));
  const finish = () => options.onText(textOf(chunks));

  if (name === 'identity') {
    return {
      write(chunk) {
        if (!take(chunk)) tooLarge();
        return true;
      },
      end: finish,
      destroy: () => {},
    };
  }
  const createDecoder = DECODERS.get(name);
  if (createDecoder === undefined) throw new BadEncoding(`content encoding ${name}`);
  const decoder = createDecoder();
  decoder.on('data', (chunk: Buffer) => {
    if (take(chunk)) return;
    decoder.destroy();
    tooLarge();
  });
  decoder.on('drain', options.onDrain);
  decoder.on('end', finish);
  decoder.on('error', (cause) =>
    options.onError(new BadEncoding(`the content is not in its encoding ${name}`, { cause })),
  );
  return {
    write: (chunk) => decoder.write(chunk),
    end: () => decoder.end(),
    destroy: () => decoder.destroy(),
  };
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString('utf8');
}
