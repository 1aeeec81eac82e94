import { z } from 'zod';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
const TIERS = ['ANONYMOUS', 'FREE', 'PRO', 'BUSINESS', 'ENTERPRISE'] as const;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const claim = z.string().min(1);

const issuer = z.strictObject({
  issuer: z.string().min(1).describe('The `iss` of its tokens, letter for letter.'),
  jwksUrl: z
    .string()
    .refine(isSafeUrl, 'an https URL, or an http one of this machine')
    .describe('Where its public keys are (JWKS). Never taken from a token.'),
  audience: z.string().min(1).describe('What `aud` of its tokens must hold.'),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('The signature algorithms that are taken; there are none with a shared secret.'),
  claims: z
    .strictObject({
      user: claim.default('sub').describe('The user that the caller acts for.'),
      account: claim
        .optional()
        .describe('Who pays. Without it each user of the issuer has an account of their own.'),
      tier: claim.optional().describe('The tier, by the names of `tiers`.'),
      scopes: claim.default('scope').describe('The scopes: a list, or text with spaces between them.'),
    })
    .prefault({})
    .describe('Which claim says what: a name, or a path such as realm_access.roles.'),
  tiers: z
    .record(z.string(), z.enum(TIERS))
    .default({})
    .describe('What the values of the tier claim mean, for example { gold: PRO }.'),
  defaultTier: z.enum(TIERS).default('FREE').describe('The tier of a token whose claim says none of these.'),
  allowedScopes: z
    .array(z.string().min(1))
    .default([])
    .describe('The scopes that its tokens may carry; others are left out.'),
});

export type IssuerSettings = z.infer<typeof issuer>;

/** Who may call, besides the API keys of the tables. */
export const authSettings = z
  .strictObject({
    issuers: z
      .array(issuer)
      .max(20)
      .refine(
        (issuers) => new Set(issuers.map((each) => each.issuer)).size === issuers.length,
        'each issuer once',
      )
      .default([])
      .describe('Whose tokens (`Authorization: Bearer <JWT>`) are taken.'),
    signatures: z
      .strictObject({
        skewSeconds: z
          .int()
          .min(1)
          .max(300)
          .default(30)
          .describe(
            'How far the time of a signed request may be from ours, in seconds. Beyond it: CLOCK_SKEW.',
          ),
        nonces: z
          .int()
          .min(100)
          .default(100_000)
          .describe(
            'How many nonces a worker without Redis remembers. Full, it refuses signed requests: OVERLOADED.',
          ),
      })
      .prefault({})
      .describe('Requests that a signing key has signed.'),
  })
  .prefault({})
  .describe('Who is calling.');

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}
