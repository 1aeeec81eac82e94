import { element } from './element.ts';
import { formatChange } from './format.ts';

/** A change as a fraction, with a sign and an arrow: colour alone would tell it to some only. */
export function changeBadge(ratio: number | null | undefined): HTMLElement {
  const direction = ratio == null || ratio === 0 ? 'flat' : ratio > 0 ? 'rising' : 'falling';
  const arrow = { flat: '', rising: '▲ ', falling: '▼ ' }[direction];
  return element(
    'span',
    { class: `change ${direction}` },
    element('span', { 'aria-hidden': 'true' }, arrow),
    formatChange(ratio),
  );
}
