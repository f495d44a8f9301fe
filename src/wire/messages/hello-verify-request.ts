import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';
import { WireVersion } from '../../registry/versions.ts';

/**
 *     struct {
 *       ProtocolVersion server_version;
 *       opaque cookie<0..2^8-1>;
 *     } HelloVerifyRequest;                      RFC 6347 §4.2.1
 */
export interface HelloVerifyRequest {
  readonly cookie: Uint8Array;
}

export function readHelloVerifyRequest(body: Uint8Array): HelloVerifyRequest | undefined {
  const reader = new Reader(body);
  reader.u16(); // whatever version it says is no version negotiation
  const cookie = reader.vector8();
  return reader.finished ? { cookie } : undefined;
}

/** The version is DTLS 1.0 whatever is negotiated later. */
export function writeHelloVerifyRequest(message: HelloVerifyRequest): Uint8Array {
  return new Writer().u16(WireVersion.DTLSv1).vector8(message.cookie).finish();
}
