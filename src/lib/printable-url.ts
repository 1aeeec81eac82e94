/**
 * An address as logs and people may read it: without user, password, query and fragment, where secrets travel.
 *
 * @param url - also one that cannot be parsed
 */
export function printableUrl(url: string): string {
  return url.replace(/^([^/?#]*\/\/)[^/?#]*@/, '$1').replace(/[?#].*$/s, '');
}
