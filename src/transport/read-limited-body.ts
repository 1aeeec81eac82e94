import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The body is larger than allowed, counted after inflation. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The body is encoded in a way that nobody asked for. */
export class UnsupportedEncoding extends Error {
  override readonly name = 'UnsupportedEncoding';
}

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads a body into text, inflating it on the way, and stops as soon as it is larger than `limitBytes`: a small
 * answer that inflates without end costs no more than the limit.
 *
 * @throws BodyTooLarge, UnsupportedEncoding, or what the stream or the decoder throws
 */
export async function readLimitedBody(
  body: Readable,
  encoding: string | undefined,
  limitBytes: number,
): Promise<string> {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  let stream = body;
  if (name !== 'identity' && name !== '') {
    const createDecoder = DECODERS[name as keyof typeof DECODERS];
    if (createDecoder === undefined) {
      // undici tells a body that is destroyed before its end by an error event; nobody else would listen.
      body.on('error', () => {});
      body.destroy();
      throw new UnsupportedEncoding(name);
    }
    const decoder = createDecoder();
    // Without this a socket error would leave the decoder waiting for ever.
    body.on('error', (error) => decoder.destroy(error));
    stream = body.pipe(decoder);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) throw new BodyTooLarge(`more than ${limitBytes} bytes`);
      chunks.push(chunk);
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}
