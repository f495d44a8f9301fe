import { nameOf } from './name-of.ts';

/** TLS ExtensionType; the RFC that defines each stands beside it. */
export const ExtensionType = {
  server_name: 0, // RFC 6066 §3
  supported_groups: 10, // RFC 8422 §5.1.1
  ec_point_formats: 11, // RFC 8422 §5.1.2
  signature_algorithms: 13, // RFC 5246 §7.4.1.4.1
  use_srtp: 14, // RFC 5764 §4.1
  application_layer_protocol_negotiation: 16, // RFC 7301 §3.1
  extended_master_secret: 23, // RFC 7627 §5.1
  external_id_hash: 55, // RFC 8844 §3.2
  external_session_id: 56, // RFC 8844 §4.3
  renegotiation_info: 0xff01, // RFC 5746 §3.2
} as const;
export type ExtensionType = (typeof ExtensionType)[keyof typeof ExtensionType];

export function extensionName(type: number): string {
  return nameOf(ExtensionType, type);
}
