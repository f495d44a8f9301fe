import { concat } from '../../bytes/bytes.ts';
import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

const NAMED_CURVE = 3;

/**
 *     struct { ECCurveType curve_type; NamedCurve namedcurve; } ECParameters;
 *     struct { ECParameters curve_params; ECPoint public; } ServerECDHParams;
 *     struct {
 *       ServerECDHParams params;
 *       Signature signed_params;
 *     } ServerKeyExchange;                       RFC 8422 §5.4
 */
export interface ServerKeyExchange {
  readonly group: number;
  readonly publicKey: Uint8Array;
  /** `params` as on the wire: what is signed. */
  readonly params: Uint8Array;
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function readServerKeyExchange(body: Uint8Array): ServerKeyExchange | undefined {
  const reader = new Reader(body);
  const curveType = reader.u8();
  const group = reader.u16();
  const publicKey = reader.vector8();
  const params = body.subarray(0, reader.offset);
  const scheme = reader.u16();
  const signature = reader.vector16();
  if (!reader.finished || curveType !== NAMED_CURVE) return undefined;
  return { group, publicKey, params, scheme, signature };
}

export function writeServerEcdhParams(group: number, publicKey: Uint8Array): Uint8Array {
  return new Writer().u8(NAMED_CURVE).u16(group).vector8(publicKey).finish();
}

export function writeServerKeyExchange(
  params: Uint8Array,
  scheme: number,
  signature: Uint8Array,
): Uint8Array {
  return new Writer().bytes(params).u16(scheme).vector16(signature).finish();
}

/** What the signature covers: both randoms, then the parameters (RFC 8422 §5.4). */
export function signedServerParams(
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  params: Uint8Array,
): Uint8Array {
  return concat(clientRandom, serverRandom, params);
}
