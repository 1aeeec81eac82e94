import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Kinds of addresses that a policy can open; public ones are open, and everything else is closed for ever. */
export const OPENABLE_NETWORKS = ['private', 'loopback', 'linkLocal'] as const;
export type OpenableNetwork = (typeof OPENABLE_NETWORKS)[number];
export type Network = OpenableNetwork | 'public' | 'metadata' | 'reserved';

/** Where calls may go. */
export interface EgressPolicy {
  readonly allow: readonly OpenableNetwork[];
}

/** An address that the policy forbids. */
export class EgressForbidden extends Error {
  override readonly name = 'EgressForbidden';
}

type Range = readonly [address: string, prefix: number];

/** Services that hand out credentials to whoever can reach them; some stand in ranges that are otherwise private. */
const METADATA: readonly Range[] = [
  ['169.254.169.254', 32],
  ['169.254.170.2', 32],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
];
const LOOPBACK: readonly Range[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];
const LINK_LOCAL: readonly Range[] = [
  ['169.254.0.0', 16],
  ['fe80::', 10],
];
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
];
/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const RESERVED: readonly Range[] = [
  ['0.0.0.0', 8],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 128],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['5f00::', 16],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** In the order in which they are asked: an address of metadata may stand in a private range. */
const NETWORKS: readonly (readonly [Network, BlockList])[] = [
  ['metadata', blockList(METADATA)],
  ['loopback', blockList(LOOPBACK)],
  ['linkLocal', blockList(LINK_LOCAL)],
  ['private', blockList(PRIVATE)],
  ['reserved', blockList(RESERVED)],
];

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges)
    list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** Says to which kind of network an IP address belongs. An IPv4 address inside an IPv6 one counts as itself. */
export function networkOf(address: string): Network {
  const plain = embeddedIpv4(address) ?? address;
  const family = isIP(plain);
  if (family === 0) return 'reserved';
  const found = NETWORKS.find(([, list]) => list.check(plain, family === 6 ? 'ipv6' : 'ipv4'));
  return found?.[0] ?? 'public';
}

/** Where the 16-bit groups of an IPv4 address begin in IPv6 addresses that carry one. */
const CARRIERS: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  // IPv4-mapped ::ffff:0:0/96, IPv4-compatible ::/96, IPv4-translated ::ffff:0:0:0/96.
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  // NAT64 64:ff9b::/96 and 6to4 2002::/16.
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x2002], at: 1 },
];

function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const groups = ipv6Groups(address);
  const carrier = CARRIERS.find(({ prefix }) => prefix.every((group, index) => groups[index] === group));
  if (carrier === undefined) return undefined;
  const [high = 0, low = 0] = groups.slice(carrier.at);
  // ::1 and :: are addresses of IPv6 itself.
  if (carrier.prefix.every((group) => group === 0) && high === 0 && low <= 1) return undefined;
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of an IPv6 address, whatever spelling it has. */
function ipv6Groups(address: string): number[] {
  // The parser of URLs writes every spelling in one form, IPv4 tails as groups.
  const text = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [parse(head), parse(tail ?? '')];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function isAllowed(address: string, { allow }: EgressPolicy): boolean {
  const network = networkOf(address);
  return network === 'public' || (allow as readonly Network[]).includes(network);
}

/** @throws EgressForbidden, naming host, address and what the address is */
function assertAllowed(host: string, address: string, policy: EgressPolicy): void {
  if (isAllowed(address, policy)) return;
  const spelled = host === address ? host : `${host} is ${address}, which`;
  const network = networkOf(address);
  const described = network === 'linkLocal' ? 'link-local' : network;
  throw new EgressForbidden(`${spelled} is a ${described} address; calls to it are forbidden`);
}

/**
 * A host as sockets know it, when it is an address: the parser of URLs has turned every spelling of IPv4 (decimal,
 * octal, hexadecimal, shortened) into the one with dots by then.
 */
function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

/**
 * Checks a URL whose host is an address; a name is checked when it is resolved.
 *
 * @throws EgressForbidden
 */
export function guardUrl(url: URL, policy: EgressPolicy): void {
  const address = literalAddress(url);
  if (address !== undefined) assertAllowed(address, address, policy);
}

/**
 * A look-up for `net.connect` that gives allowed addresses alone. It is asked at each new connection, so that a name
 * that was good when it was registered cannot lead somewhere else later.
 */
export function guardedLookup(policy: EgressPolicy, resolve: typeof lookup = lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      try {
        for (const { address } of addresses) assertAllowed(host, address, policy);
      } catch (forbidden) {
        return callback(forbidden as Error, []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

/**
 * Checks the URL of a subgraph or a webhook before it is taken: its form, and every address that its host has now.
 *
 * @returns undefined when it may be called, else the reason as a sentence
 */
export async function refuseOutboundUrl(
  text: string,
  policy: EgressPolicy,
  resolve: typeof lookup = lookup,
): Promise<string | undefined> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'The URL is no http or https URL.';
  if (url.username !== '' || url.password !== '') return 'The URL holds a user or a password.';
  if (url.hash !== '') return 'The URL has a fragment.';
  try {
    guardUrl(url, policy);
    if (literalAddress(url) === undefined) await resolveGuarded(url.hostname, policy, resolve);
    return undefined;
  } catch (error) {
    if (error instanceof EgressForbidden) return `${error.message}.`;
    return `${url.hostname} has no address: ${(error as Error).message}.`;
  }
}

function resolveGuarded(host: string, policy: EgressPolicy, resolve: typeof lookup): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  guardedLookup(policy, resolve)(host, { all: true }, (error) => (error === null ? done() : reject(error)));
  return promise;
}
