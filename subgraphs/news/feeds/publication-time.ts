/** RSS 0.90 was published in March 1999: no item of a feed is older than feeds. */
const FIRST_FEED_MS = Date.UTC(1999, 2, 15);
const MINUTE_MS = 60_000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** RFC 822, section 5, with the four-digit years of RFC 2822. */
const RFC_822 =
  /^(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})\s+(?<month>[a-z]{3})[a-z]*\s+(?<year>\d{4}|\d{2})\s+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))?\s*(?<zone>[a-z]{1,3}|[+-]\d{4})$/i;
/** RFC 3339, section 5.6. */
const RFC_3339 =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[t ](?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.\d+)?(?<zone>z|[+-]\d{2}:?\d{2})$/i;
/** A day alone, as Dublin Core allows. */
const DAY_ALONE = /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})$/;

/** Hours east of UTC of the zones that RFC 822 names. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

function zoneMinutes(zone: string): number | undefined {
  const hours = ZONE_HOURS[zone.toLowerCase()];
  if (hours !== undefined) return hours * 60;
  const [, sign, hour, minute] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hour) * 60 + Number(minute));
}

function monthIndex(month: string): number {
  return /^\d/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.toLowerCase());
}

/** RFC 2822, section 4.3: two digits up to 49 are of this century. */
function fullYear(year: string): number {
  if (year.length === 4) return Number(year);
  return Number(year) + (Number(year) < 50 ? 2000 : 1900);
}

/**
 * Reads an instant as feeds write it (RFC 822, RFC 3339, or a day alone). Unlike `Date.parse` it never takes the
 * time zone of this machine, nor 30 February for 2 March.
 *
 * @returns milliseconds since the epoch, or undefined
 */
export function parseFeedTime(text: string): number | undefined {
  const trimmed = text.trim();
  const fields = (RFC_822.exec(trimmed) ?? RFC_3339.exec(trimmed) ?? DAY_ALONE.exec(trimmed))?.groups;
  if (fields === undefined) return undefined;
  const { year = '', month = '', day, hour = 0, minute = 0, second = 0, zone = 'z' } = fields;
  const [y, m, d] = [fullYear(year), monthIndex(month), Number(day)];
  const offsetMinutes = zoneMinutes(zone);
  const localMs = Date.UTC(y, m, d, Number(hour), Number(minute), Math.min(59, Number(second)));
  const date = new Date(Date.UTC(y, m, d));
  const isRealDay =
    date.getUTCMonth() === m && date.getUTCDate() === d && Number(hour) < 24 && Number(minute) < 60;
  return offsetMinutes === undefined || !isRealDay ? undefined : localMs - offsetMinutes * MINUTE_MS;
}

/**
 * When an item was published: what its feed says if that can be, else when the platform first saw it. Dates in
 * the future and from before there were feeds cannot be.
 *
 * @param seenAtMs - now
 */
export function publicationTimeOf(text: string | undefined, seenAtMs: number): number {
  const publishedAtMs = parseFeedTime(text ?? '') ?? seenAtMs;
  return publishedAtMs < FIRST_FEED_MS || publishedAtMs > seenAtMs ? seenAtMs : publishedAtMs;
}
