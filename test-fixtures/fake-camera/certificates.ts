/** Certificates of a test authority, made anew at each run (X.509, RFC 5280, written as DER): no key lies in the repository. */
import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';

export interface TestCertificate {
  /** PEM, as `tls.createServer` takes them. */
  readonly key: string;
  readonly cert: string;
}

export interface TestCertificates {
  /** The authority's own certificate in PEM: whoever trusts it trusts all below but `selfSigned`. */
  readonly ca: string;
  /** For 127.0.0.1, ::1 and localhost. */
  readonly good: TestCertificate;
  /** For 192.0.2.1 and elsewhere.example alone. */
  readonly wrongName: TestCertificate;
  /** For the right names, until 2021. */
  readonly expired: TestCertificate;
  /** For the right names, signed by nobody else. */
  readonly selfSigned: TestCertificate;
}

interface Names {
  readonly dns: readonly string[];
  /** Four or sixteen bytes each. */
  readonly ips: readonly (readonly number[])[];
}

const HERE: Names = { dns: ['localhost'], ips: [[127, 0, 0, 1], [...new Array<number>(15).fill(0), 1]] };
const ELSEWHERE: Names = { dns: ['elsewhere.example'], ips: [[192, 0, 2, 1]] };
const UNTIL_2021 = '210101000000Z';
const UNTIL_2049 = '490101000000Z';

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const newParty = (name: string): Party => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

export function makeTestCertificates(): TestCertificates {
  const authority = newParty('Gridwarden test authority');
  const camera = newParty('fake camera');
  const key = camera.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const issue = (names: Names, until: string, issuer: Party, serial: number): TestCertificate => ({ key, cert: certificate(camera, issuer, serial, until, names) });
  return {
    ca: certificate(authority, authority, 1, UNTIL_2049, null),
    good: issue(HERE, UNTIL_2049, authority, 2),
    wrongName: issue(ELSEWHERE, UNTIL_2049, authority, 3),
    expired: issue(HERE, UNTIL_2021, authority, 4),
    selfSigned: issue(HERE, UNTIL_2049, camera, 5),
  };
}

/** A version 3 certificate in PEM (RFC 5280, 4.1), valid from 2020; `names` null makes it an authority's. */
function certificate(subject: Party, issuer: Party, serial: number, until: string, names: Names | null): string {
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    sequence(utcTime('200101000000Z'), utcTime(until)),
    distinguishedName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(names === null ? extension([0x55, 0x1d, 0x13], sequence(der(0x01, Buffer.from([0xff])))) : extension([0x55, 0x1d, 0x11], subjectAltName(names)))),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  const whole = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, value (ITU-T X.690, 8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), value]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const utcTime = (text: string): Buffer => der(0x17, Buffer.from(text));
/** 1.2.840.10045.4.3.2 (RFC 5758, 3.2). */
const ECDSA_WITH_SHA256 = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
const distinguishedName = (commonName: string): Buffer => sequence(der(0x31, sequence(oid([0x55, 0x04, 0x03]), der(0x0c, Buffer.from(commonName)))));
/** A critical one where it is the authority's basic constraints, which must be (4.2.1.9). */
const extension = (id: readonly number[], value: Buffer): Buffer => sequence(oid(id), ...(id[2] === 0x13 ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
/** Context tags 2 and 7: dNSName, iPAddress (4.2.1.6). */
const subjectAltName = ({ dns, ips }: Names): Buffer => sequence(...dns.map((name) => der(0x82, Buffer.from(name))), ...ips.map((ip) => der(0x87, Buffer.from(ip))));
