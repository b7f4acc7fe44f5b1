/**
 * A self-signed certificate for the fake FCM, new in each process. Encoded in DER by hand, because node:crypto signs but does
 * not build certificates. @peculiar/x509 has eleven direct dependencies, and selfsigned brings it and pkijs: too many for
 * 90 lines. A key pair in the repository would expire, and might be trusted by mistake.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Certificate {
  /** Also the CA to trust, since the certificate is self-signed. */
  cert: string
  key: string
}

/** Names under which the fake is reached; the last one by the firebase-admin SDK, whose host is a constant. */
const DNS_NAMES = ['localhost', 'fcm.googleapis.com']
const IP_ADDRESSES = [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.from([1])])]

const SEQUENCE = 0x30
const SET = 0x31
const BOOLEAN = 0x01
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17

const ECDSA_WITH_SHA256 = der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex'))
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'))
const SUBJECT_ALT_NAME = der(OBJECT_ID, Buffer.from('551d11', 'hex'))
const BASIC_CONSTRAINTS = der(OBJECT_ID, Buffer.from('551d13', 'hex'))

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body])
}

/** Valid from an hour ago, against clocks that differ, for ten days: nothing runs that long. */
export function makeCertificate(now = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const serial = randomBytes(8)
  serial[0] = 0x40 | (serial.readUInt8(0) & 0x3f)
  // Unique: of two authorities with one name in a file, OpenSSL may try the wrong one.
  const commonName = Buffer.from(`Carillon fake FCM ${serial.toString('hex')}`)
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, commonName))))
  const altNames = [
    ...DNS_NAMES.map((dns) => der(0x82, Buffer.from(dns))),
    ...IP_ADDRESSES.map((ip) => der(0x87, ip)),
  ]
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, utcTime(now - 3_600_000), utcTime(now + 10 * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      der(
        SEQUENCE,
        der(
          SEQUENCE,
          BASIC_CONSTRAINTS,
          der(BOOLEAN, Buffer.from([0xff])),
          der(OCTET_STRING, der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff])))),
        ),
        der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, ...altNames))),
      ),
    ),
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, Buffer.from([0]), signature))
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** YYMMDDHHMMSSZ */
function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)
  return der(UTC_TIME, Buffer.from(`${text}Z`))
}
