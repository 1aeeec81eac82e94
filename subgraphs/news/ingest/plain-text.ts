/** The character references that feeds use; all others stay as they are written. */
const NAMED_REFERENCES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  hellip: '…',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
};

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]{2,8}));/g;
/** Elements whose content is no text for readers; an unclosed one reaches to the end. */
const HIDDEN_ELEMENT = /<(script|style|template|noscript|iframe)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
const MARKUP = /<!--[\s\S]*?(?:-->|$)|<[/!?a-z][^>]*(?:>|$)/gi;
/** Feeds escape once or twice; text that is escaped more often than this is made to keep its reader busy. */
const MAX_ROUNDS = 8;
/** Control and format characters: bidirectional overrides and zero-width marks can make a headline lie. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

function decodeReferences(text: string): string {
  return text.replace(REFERENCE, (reference, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED_REFERENCES[name] ?? reference;
    const codePoint = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '';
  });
}

/**
 * Turns what a feed calls a title or a summary into plain text: no markup, no scripts, no character
 * references, no control characters, single spaces, NFC.
 *
 * Feeds escape once or twice, so that decoding can bring forth new markup: both steps run until nothing is
 * left to do.
 *
 * @returns nothing of a text that is not done after eight rounds
 */
export function toPlainText(html: string): string {
  let text = html;
  for (let before = '', round = 0; before !== text; round++) {
    if (round > MAX_ROUNDS) return '';
    before = text;
    text = decodeReferences(text.replace(HIDDEN_ELEMENT, ' ').replace(MARKUP, ' ')).replace(INVISIBLE, (c) =>
      /\s/.test(c) ? ' ' : '',
    );
  }
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/** Cuts text at a word's end so that it has at most `maxLength` characters, the ellipsis included. */
export function truncateText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength - 1);
  const lastSpace = cut.lastIndexOf(' ');
  return `${(lastSpace > 0 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}
