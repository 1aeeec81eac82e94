import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key with a certificate that it signed itself, as PEM; its own authority. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

const HOUR_MS = 3_600_000;

/** Tags of DER, the encoding of certificates. @see https://www.itu.int/rec/T-REC-X.690 */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
};
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const SUBJECT_ALT_NAME = '551d11';

/** Makes a certificate for 127.0.0.1, valid for an hour. @see https://www.rfc-editor.org/rfc/rfc5280 */
export function createTestCertificate(): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, objectId(ECDSA_WITH_SHA256));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, objectId(COMMON_NAME), der(TAG.utf8, Buffer.from('test')))),
  );
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  const extensions = der(
    0xa3,
    der(
      TAG.sequence,
      extension(BASIC_CONSTRAINTS, der(TAG.sequence, der(TAG.boolean, Buffer.from([0xff])))),
      extension(SUBJECT_ALT_NAME, der(TAG.sequence, address)),
    ),
  );
  const version3 = der(0xa0, der(TAG.integer, Buffer.from([2])));
  const serial = der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const validity = der(TAG.sequence, time(Date.now() - HOUR_MS), time(Date.now() + HOUR_MS));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const toSign = der(TAG.sequence, version3, serial, algorithm, name, validity, name, spki, extensions);
  const signature = sign('sha256', toSign, privateKey);
  const certificate = der(
    TAG.sequence,
    toSign,
    algorithm,
    der(TAG.bits, Buffer.concat([Buffer.from([0]), signature])),
  );
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function objectId(hex: string): Buffer {
  return der(TAG.objectId, Buffer.from(hex, 'hex'));
}

function extension(id: string, value: Buffer): Buffer {
  return der(TAG.sequence, objectId(id), der(TAG.octets, value));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return der(TAG.time, Buffer.from(`${text}Z`));
}
