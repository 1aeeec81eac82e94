import { svgElement } from './element.ts';

const WIDTH = 96;
const HEIGHT = 28;
const MARGIN = 2;

/**
 * A small line of closes, oldest first. It repeats what the figures beside it say, so assistive technology skips it.
 *
 * @returns undefined when there are not two points to draw a line between
 */
export function sparkline(closes: readonly string[] | null): SVGSVGElement | undefined {
  const values = (closes ?? []).map(Number);
  const [first] = values;
  const last = values.at(-1);
  if (values.length < 2 || first === undefined || last === undefined) return undefined;
  const lowest = Math.min(...values);
  const spread = Math.max(...values) - lowest;
  const points = values.map((value, index) => {
    const x = MARGIN + (index / (values.length - 1)) * (WIDTH - 2 * MARGIN);
    // A price that did not move is a line in the middle.
    const height = spread === 0 ? 0.5 : (value - lowest) / spread;
    return `${x.toFixed(1)},${(HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN)).toFixed(1)}`;
  });
  return svgElement(
    'svg',
    {
      class: `sparkline ${last < first ? 'falling' : 'rising'}`,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: String(WIDTH),
      height: String(HEIGHT),
      'aria-hidden': 'true',
    },
    svgElement('polygon', {
      class: 'area',
      points: `${MARGIN},${HEIGHT} ${points.join(' ')} ${WIDTH - MARGIN},${HEIGHT}`,
    }),
    svgElement('polyline', { class: 'line', points: points.join(' ') }),
  );
}
