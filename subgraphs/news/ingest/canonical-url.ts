/** Parameters that tell where a reader came from, not what the page shows. */
const TRACKING_PARAMETER =
  /^(?:utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|cmpid|ncid|ocid)$/i;
const MAX_URL_LENGTH = 2048;

/**
 * The address of an article without what differs between two links to the same page: tracking parameters,
 * their order, fragment.
 *
 * @returns the address, or undefined when the text is no https address or carries a user name or password
 */
export function canonicalUrl(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  for (const name of new Set(url.searchParams.keys())) {
    if (TRACKING_PARAMETER.test(name)) url.searchParams.delete(name);
  }
  url.searchParams.sort();
  return url.href;
}

/**
 * What two addresses of one page have in common: a canonical URL without `www.` and without a closing slash.
 * For comparing alone; not every publisher answers at that address.
 */
export function urlKey(canonical: string): string {
  const { host, pathname, search } = new URL(canonical);
  return `${host.replace(/^www\./, '')}${pathname.replace(/\/+$/, '')}${search}`;
}
