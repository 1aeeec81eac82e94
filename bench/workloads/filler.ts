import { createHash } from 'node:crypto';

/** Text of a given length that looks different for every seed: data that does not compress to nothing. */
export function filler(seed: string, length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part += 1) {
    text += createHash('sha256').update(`${seed} ${part}`).digest('base64url');
  }
  return text.slice(0, length);
}
